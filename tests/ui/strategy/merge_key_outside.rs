#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues", merge_key = day)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    day: Date,
}

fn main() {}
