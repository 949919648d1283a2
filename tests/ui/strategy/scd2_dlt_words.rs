#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues", strategy = scd2(validity_column_names = ["since", "until"]))]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
