#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/v1/issues")]
#[resource(path = "/v2/issues")]
struct Issue {
    id: i64,
}

fn main() {}
