#![allow(dead_code)]
use connector_runtime::*;

#[derive(Record)]
struct Meta {
    updated_at: Timestamp,
}

#[derive(Resource)]
#[resource(path = "/issues", incremental(cursor = meta__updated_at, start_param = "since"))]
struct Issue {
    #[column(primary_key)]
    id: i64,
    #[column(flatten)]
    meta: Meta,
}

fn main() {}
