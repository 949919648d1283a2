#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues")]
struct Issue {
    id: i64,
    #[column(hard_delete)]
    deleted: bool,
}

fn main() {}
