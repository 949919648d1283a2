#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/v1/issues")]
struct Issue {
    #[column(primary_key)]
    id: i64,
    grid: Vec<Vec<i64>>,
}

fn main() {}
