#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues", map = clean)]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

struct Row {
    id: i64,
}

fn clean(row: Row) -> Row {
    row
}

fn main() {}
