#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(
    path = "/issues",
    write_disposition = append,
    incremental(cursor = updated_at, start_param = "since", on_missing = include),
)]
struct Issue {
    id: i64,
    updated_at: Option<Timestamp>,
}

fn main() {}
