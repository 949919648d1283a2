#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues", max_percent = 1.5)]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
