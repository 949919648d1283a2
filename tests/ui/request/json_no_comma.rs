#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/v1/issues", method = post, json = { "a": 1 "b": 2 })]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
