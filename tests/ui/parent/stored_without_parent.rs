#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/comments")]
struct Comment {
    #[column(primary_key)]
    id: i64,
    #[column(parent = issue.number)]
    issue_number: i64,
}

fn main() {}
