#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/v1/issues", method = post, json = { "page": 5 }, paginator = offset(limit = 9, limit_body_path = "page.size"))]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
