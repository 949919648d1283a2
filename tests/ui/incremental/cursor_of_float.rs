#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues", incremental(cursor = score, start_param = "since"))]
struct Issue {
    #[column(primary_key)]
    id: i64,
    score: f64,
}

fn main() {}
