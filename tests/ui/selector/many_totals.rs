#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/x", paginator = offset(limit = 100, total_path = "data[*].total"))]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
