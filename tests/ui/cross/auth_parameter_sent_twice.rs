#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/v1/issues", auth = api_key(name = "key", location = query, value = token))]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", resources(Issue), resource_defaults(params(key = 5)))]
struct GitHub {
    token: Secret,
    owner: String,
}

fn main() {}
