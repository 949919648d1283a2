#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/v1/issues", crate = connector_runtime)]
struct Issue {
    id: i64,
}

fn main() {}
