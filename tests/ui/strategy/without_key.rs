#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues", strategy = insert_only)]
struct Issue {
    id: i64,
}

fn main() {}
