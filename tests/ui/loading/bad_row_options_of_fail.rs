#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues", on_bad_row = fail(max_rows = 1))]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
