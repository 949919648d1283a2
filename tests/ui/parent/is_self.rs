#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(parent(issue: Self), path = "/issues/{issue.id}/comments")]
struct Comment {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
