#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/v1/issues", write_disposition = overwrite)]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
