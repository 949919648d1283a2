#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/v1/issues", auth = bearer(token))]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

#[derive(Connector)]
#[connector(base_url = "http://api.example.com", resources(Issue))]
struct GitHub {
    token: Secret,
    owner: String,
}

fn main() {}
