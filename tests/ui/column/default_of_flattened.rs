#![allow(dead_code)]
use connector_runtime::*;

#[derive(Record)]
struct User {
    id: i64,
}

#[derive(Resource)]
#[resource(path = "/v1/issues")]
struct Issue {
    #[column(flatten, default)]
    user: User,
}

fn main() {}
