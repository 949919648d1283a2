#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues", delete_missing = hard)]
struct Issue {
    id: i64,
}

fn main() {}
