#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues", strategy = scd2)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    labels: Vec<String>,
    reviewers: Option<Vec<String>>,
}

fn main() {}
