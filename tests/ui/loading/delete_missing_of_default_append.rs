#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues", delete_missing = hard)]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    resource_defaults(write_disposition = append),
    resources(Issue),
)]
struct GitHub;

fn main() {}
