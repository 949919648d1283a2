#![allow(dead_code)]
use connector_runtime::*;

fn read(text: String) -> Result<bool, String> {
    Ok(text.is_empty())
}

#[derive(Resource)]
#[resource(path = "/v1/issues")]
struct Issue {
    #[column(with(read))]
    id: i64,
}

fn main() {}
