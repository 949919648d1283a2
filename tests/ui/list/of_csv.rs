#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/v1/issues", response_format = csv)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    tags: Vec<String>,
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", resources(Issue))]
struct Api {}

fn main() {}
