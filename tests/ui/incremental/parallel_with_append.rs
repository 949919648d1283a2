#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(
    path = "/issues",
    write_disposition = append,
    incremental(cursor = updated_at, start_param = "since", end_param = "until", initial = "2020-01-01", step = "1 day", parallel = 4),
)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    updated_at: Timestamp,
}

fn main() {}
