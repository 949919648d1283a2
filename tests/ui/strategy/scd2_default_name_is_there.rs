#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues", strategy = scd2)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    _valid_to: Timestamp,
}

fn main() {}
