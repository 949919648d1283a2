#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/v1/issues", paginator = offset(limit = 9, limit_header = "x limit"))]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
