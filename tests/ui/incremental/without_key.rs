#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(
    path = "/issues",
    incremental(cursor = updated_at, start_param = "since"),
)]
struct Issue {
    updated_at: Timestamp,
}

fn main() {}
