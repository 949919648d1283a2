#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "x", paginator = offset(limit = 0), foo = 1, write_disposition = merge)]
struct Issue {
    #[column(nme = "x")]
    id: i64,
    #[column(skip, json)]
    b: i64,
}

fn main() {}
