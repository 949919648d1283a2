#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(
    path = "/issues",
    incremental(cursor = day, start_param = "since", initial = "2020-01-01T00:00:00Z"),
)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    day: Date,
}

fn main() {}
