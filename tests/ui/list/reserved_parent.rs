#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/v1/issues")]
struct Issue {
    #[column(primary_key)]
    id: i64,
    _parent_id: i64,
}

fn main() {}
