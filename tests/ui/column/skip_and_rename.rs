#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/v1/issues")]
struct Issue {
    id: i64,
    #[column(skip, rename = "x")]
    cache: i64,
}

fn main() {}
