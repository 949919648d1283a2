#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(
    path = "/issues",
    incremental(cursor = number, start_param = "since", initial = 300),
)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    number: u8,
}

fn main() {}
