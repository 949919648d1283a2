#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues")]
struct Issue {
    #[column(primary_key)]
    id: i64,
    extra: Json,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    resource_defaults(unknown_fields = capture(extra)),
    resources(Issue),
)]
struct GitHub;

fn main() {}
