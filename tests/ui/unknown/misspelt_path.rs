#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(paht = "/v1/issues")]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
