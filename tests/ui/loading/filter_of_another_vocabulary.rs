#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues", record_filter = is_open)]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
