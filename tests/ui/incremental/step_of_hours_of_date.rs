#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(
    path = "/issues",
    incremental(cursor = day, start_param = "since", end_param = "until", initial = "2020-01-01", step = "12 hours"),
)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    day: Date,
}

fn main() {}
