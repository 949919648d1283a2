#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/v1/issues", response_format = csv)]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", resources(Issue), resource_defaults(paginator = offset(limit = 5, total_path = "total")))]
struct GitHub {
    token: Secret,
}

fn main() {}
