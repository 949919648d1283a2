#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(
    path = "/issues",
    incremental(cursor = at, start_param = "since", format = epoch, lag = 3600),
)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    at: i64,
}

fn main() {}
