#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues", delete_missing = soft)]
struct Issue {
    id: i64,
    #[column(soft_delete)]
    deleted: bool,
}

fn main() {}
