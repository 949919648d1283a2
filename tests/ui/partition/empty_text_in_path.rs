#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(partition(state in ["", "open"]), path = "/issues/{partition.state}")]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
