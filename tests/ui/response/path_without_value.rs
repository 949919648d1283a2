#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/v1/issues", on_response(path = "error.code", action = retry))]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
