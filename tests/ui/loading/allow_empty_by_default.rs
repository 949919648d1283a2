#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues", allow_empty)]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    resource_defaults(write_disposition = merge),
    resources(Issue),
)]
struct GitHub;

fn main() {}
