#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues", strategy = scd2(valid_from = since, valid_to = Since))]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
