#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/x", write_disposition = merge)]
struct Issue {
    id: i64,
}

fn main() {}
