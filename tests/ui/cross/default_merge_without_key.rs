#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/v1/issues")]
struct Issue {
    id: i64,
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", resources(Issue), resource_defaults(write_disposition = merge))]
struct GitHub {
    token: Secret,
}

fn main() {}
