#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues")]
struct Issue {
    #[column(primary_key)]
    id: i64,
    #[column(dedup_sort = asc)]
    revision: i64,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    resource_defaults(write_disposition = replace),
    resources(Issue),
)]
struct GitHub;

fn main() {}
