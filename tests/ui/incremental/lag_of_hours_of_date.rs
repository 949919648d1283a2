#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(
    path = "/issues",
    incremental(cursor = day, start_param = "since", lag = "1 hour"),
)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    day: Date,
}

fn main() {}
