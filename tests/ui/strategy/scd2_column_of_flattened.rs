#![allow(dead_code)]
use connector_runtime::*;

#[derive(Record)]
struct User {
    until: i64,
}

#[derive(Resource)]
#[resource(path = "/issues", strategy = scd2(valid_to = user__until))]
struct Issue {
    #[column(primary_key)]
    id: i64,
    #[column(flatten)]
    user: User,
}

fn main() {}
