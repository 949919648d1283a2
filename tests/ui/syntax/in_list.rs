#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path in "/issues")]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
