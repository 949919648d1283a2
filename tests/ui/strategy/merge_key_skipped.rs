#![allow(dead_code)]
use connector_runtime::*;

#[derive(Default)]
struct Day;

#[derive(Resource)]
#[resource(path = "/issues", strategy = delete_insert(merge_key = day))]
struct Issue {
    #[column(primary_key)]
    id: i64,
    #[column(skip)]
    day: Day,
}

fn main() {}
