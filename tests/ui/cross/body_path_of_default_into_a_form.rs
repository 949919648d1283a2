#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/v1/issues", method = post, form(a = 1))]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", resource_defaults(paginator = offset(limit = 9, limit_body_path = "page.size")), resources(Issue))]
struct Api {}

fn main() {}
