#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/x", paginator = offset(limit = 100, offset = 50, maximum_offset = 50))]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
