#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/v1/issues", response_format = csv, data_selector = "data")]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
