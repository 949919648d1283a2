#![allow(dead_code)]
use connector_runtime::*;

struct Money(i64);

#[derive(Resource)]
#[resource(path = "/v1/issues")]
struct Issue {
    #[column(primary_key)]
    id: i64,
    prices: Option<Vec<Money>>,
}

fn main() {}
