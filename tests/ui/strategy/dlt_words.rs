#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues", merge_strategy = upsert)]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
