#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues", incremental(cursor = dates, start_param = "since"))]
struct Issue {
    #[column(primary_key)]
    id: i64,
    #[column(json)]
    dates: String,
}

fn main() {}
