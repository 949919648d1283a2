#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(
    path = "/issues",
    incremental(cursor = updated_at, start_param = "since", format = "%Y-%:d"),
)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    updated_at: Timestamp,
}

fn main() {}
