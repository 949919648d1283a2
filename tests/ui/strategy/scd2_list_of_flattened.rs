#![allow(dead_code)]
use connector_runtime::*;

#[derive(Record)]
struct User {
    teams: Vec<String>,
}

#[derive(Resource)]
#[resource(path = "/issues", strategy = scd2)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    #[column(flatten)]
    user: User,
}

fn main() {}
