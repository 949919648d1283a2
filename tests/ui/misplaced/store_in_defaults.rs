#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues")]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    resource_defaults(store = false),
    resources(Issue),
)]
struct Api;

fn main() {}
