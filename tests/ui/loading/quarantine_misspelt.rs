#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues", on_bad_row = quarantine(max_row = 10))]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
