#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
struct Issue {
    id: i64,
}

fn main() {}
