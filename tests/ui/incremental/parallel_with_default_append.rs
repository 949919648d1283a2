#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(
    path = "/issues",
    incremental(cursor = updated_at, start_param = "since", end_param = "until", initial = "2020-01-01", step = "1 day", parallel = 4),
)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    updated_at: Timestamp,
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", resource_defaults(write_disposition = append), resources(Issue))]
struct Api;

fn main() {}
