#![allow(dead_code)]
use connector_runtime::*;

#[derive(Record)]
struct User {
    id: i64,
}

#[derive(Resource)]
#[resource(path = "/issues")]
struct Issue {
    #[column(primary_key)]
    id: i64,
    #[column(flatten, version)]
    user: User,
}

fn main() {}
