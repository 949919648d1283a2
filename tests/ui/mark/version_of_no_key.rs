#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues", strategy = delete_insert(merge_key = day))]
struct Issue {
    id: i64,
    day: Date,
    #[column(version)]
    revision: i64,
}

fn main() {}
