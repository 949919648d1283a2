#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(
    path = "/issues",
    incremental(cursor = version, start_param = "since", as_text, initial = 1),
)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    version: String,
}

fn main() {}
