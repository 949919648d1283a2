#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues")]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

#[derive(Resource)]
#[resource(
    path = "/issues/{issue.id}/comments",
    parent(issue: Issue),
    paginator = cursor(cursor_column = issue_id),
)]
struct Comment {
    #[column(primary_key)]
    id: i64,
    #[column(parent = issue.id)]
    issue_id: i64,
}

fn main() {}
