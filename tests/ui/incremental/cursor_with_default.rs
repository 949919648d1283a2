#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(
    path = "/issues",
    incremental(cursor = updated_at, start_param = "since"),
)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    #[column(default = "2020-01-01T00:00:00Z")]
    updated_at: Timestamp,
}

fn main() {}
