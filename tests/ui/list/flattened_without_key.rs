#![allow(dead_code)]
use connector_runtime::*;

#[derive(Record)]
struct Owner {
    teams: Vec<String>,
}

#[derive(Resource)]
#[resource(path = "/v1/issues")]
struct Issue {
    #[column(flatten)]
    owner: Owner,
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", resources(Issue))]
struct Api {}

fn main() {}
