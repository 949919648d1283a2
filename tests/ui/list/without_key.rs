#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/v1/issues")]
struct Issue {
    id: i64,
    labels: Vec<String>,
}

fn main() {}
