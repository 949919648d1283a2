#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(
    path = "/issues",
    incremental(cursor = updated_at, start_param = "key"),
)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    updated_at: Timestamp,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = api_key(name = "key", location = query, value = key),
    resources(Issue),
)]
struct Api {
    key: Secret,
}

fn main() {}
