#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/v1/issues")]
struct Issue {
    #[column(primary_key)]
    id: i64,
    #[column(epoch = seconds)]
    seen: Vec<Timestamp>,
}

fn main() {}
