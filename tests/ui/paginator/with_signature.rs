#![allow(dead_code)]
use connector_runtime::*;

fn next(_: &mut http::Request) -> Result<bool> {
    Ok(false)
}

#[derive(Resource)]
#[resource(path = "/v1/issues", paginator = with(next))]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
