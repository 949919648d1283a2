#![allow(dead_code)]
use connector_runtime::*;

fn read(id: i64) -> Result<i64, String> {
    Ok(id)
}

#[derive(Resource)]
#[resource(path = "/v1/issues")]
struct Issue {
    #[column(json, with(read))]
    id: i64,
}

fn main() {}
