#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues", strategy = delete_insert(merge_key = day), delete_missing = hard)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    day: Date,
}

fn main() {}
