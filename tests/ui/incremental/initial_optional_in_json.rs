#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(
    path = "/issues",
    method = post,
    json = {"filter": [{"query": "updated > {incremental.start_value}"}]},
    incremental(cursor = updated_at, initial = config.start),
)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    updated_at: Timestamp,
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", resources(Issue))]
struct Api {
    start: Option<Timestamp>,
}

fn main() {}
