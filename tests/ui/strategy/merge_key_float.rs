#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues", strategy = delete_insert(merge_key = [id, share]))]
struct Issue {
    #[column(primary_key)]
    id: i64,
    share: f64,
}

fn main() {}
