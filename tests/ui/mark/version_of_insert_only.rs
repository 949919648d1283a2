#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues", strategy = insert_only)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    #[column(version)]
    revision: i64,
}

fn main() {}
