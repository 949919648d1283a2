#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/v1/issues", method = post, paginator = offset(limit = 9, limit_body_path = "page[0]"))]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
