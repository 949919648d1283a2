#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues", strategy = scd2(valid_from = "since"))]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
