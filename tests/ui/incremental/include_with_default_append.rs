#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(
    path = "/issues",
    incremental(cursor = updated_at, start_param = "since", on_missing = include),
)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    updated_at: Option<Timestamp>,
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", resource_defaults(write_disposition = append), resources(Issue))]
struct Api;

fn main() {}
