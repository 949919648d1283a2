#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues", on_bad_row = quarantine(max_rows = 10, max_percent = 1))]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
