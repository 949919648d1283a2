#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues", write_disposition = append)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    #[column(version)]
    revision: i64,
}

fn main() {}
