#![allow(dead_code)]
use connector_runtime::*;

type Maybe = Option<i64>;

#[derive(Resource)]
#[resource(path = "/v1/issues")]
struct Issue {
    #[column(primary_key)]
    id: Maybe,
}

fn main() {}
