#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/v1/issues")]
struct Issue {
    id: i64,
    #[column(default = -5)]
    count: u8,
}

fn main() {}
