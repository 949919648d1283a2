#![allow(dead_code)]
use connector_runtime::*;

#[derive(Record)]
struct User {
    #[column(version)]
    revision: i64,
}

#[derive(Resource)]
#[resource(path = "/issues")]
struct Issue {
    #[column(primary_key)]
    id: i64,
    #[column(flatten)]
    user: User,
}

fn main() {}
