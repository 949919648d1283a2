#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/v1/issues", method = post, json = { "filter": { "a": 1, "b": 2, "a": 3 } })]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
