#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/x", paginator = scroll)]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
