#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/v1/issues", headers("Authorization" = "x"))]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", auth = bearer(token), resources(Issue))]
struct Api {
    token: Secret,
}

fn main() {}
