#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/v1/issues")]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", resources(Issue))]
struct GitHub {
    limit: u32,
    #[config(name = "full-refresh")]
    everything: bool,
}

fn main() {}
