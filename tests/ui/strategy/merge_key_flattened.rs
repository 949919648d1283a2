#![allow(dead_code)]
use connector_runtime::*;

#[derive(Record)]
struct User {
    id: i64,
}

#[derive(Resource)]
#[resource(path = "/issues", strategy = delete_insert(merge_key = user))]
struct Issue {
    #[column(primary_key)]
    id: i64,
    #[column(flatten)]
    user: User,
}

fn main() {}
