#![allow(dead_code, non_snake_case)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/v1/issues")]
struct Issue {
    #[column(primary_key)]
    id: i64,
    ID: i64,
}

fn main() {}
