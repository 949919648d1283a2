#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues", write_disposition = append, delete_missing = soft)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    #[column(version)]
    revision: i64,
    #[column(soft_delete)]
    deleted: bool,
}

fn main() {}
