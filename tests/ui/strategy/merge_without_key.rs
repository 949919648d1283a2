#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues", write_disposition = merge, strategy = scd2)]
struct Issue {
    id: i64,
}

fn main() {}
