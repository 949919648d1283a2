#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/v1/issues")]
struct Issue {
    _load_id: i64,
}

fn main() {}
