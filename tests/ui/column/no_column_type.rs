#![allow(dead_code)]
use connector_runtime::*;

struct Money;

#[derive(Resource)]
#[resource(path = "/v1/issues")]
struct Issue {
    id: i64,
    amount: Option<Money>,
}

fn main() {}
