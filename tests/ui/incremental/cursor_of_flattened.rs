#![allow(dead_code)]
use connector_runtime::*;

#[derive(Record)]
struct Dates {
    updated_at: Timestamp,
}

#[derive(Resource)]
#[resource(path = "/issues", incremental(cursor = dates, start_param = "since"))]
struct Issue {
    #[column(primary_key)]
    id: i64,
    #[column(flatten)]
    dates: Dates,
}

fn main() {}
