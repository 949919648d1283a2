#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues", on_missing = skip)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    updated_at: Timestamp,
}

fn main() {}
