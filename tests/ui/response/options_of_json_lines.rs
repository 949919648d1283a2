#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/v1/issues", response_format = json_lines(delimiter = ";"))]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
