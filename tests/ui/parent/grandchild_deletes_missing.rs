#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(
    path = "/issues",
    incremental(cursor = updated_at, start_param = "since"),
)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    updated_at: Timestamp,
}

#[derive(Resource)]
#[resource(parent(issue: Issue), path = "/issues/{issue.id}/comments")]
struct Comment {
    #[column(primary_key)]
    id: i64,
}

#[derive(Resource)]
#[resource(
    parent(comment: Comment),
    path = "/comments/{comment.id}/reactions",
    delete_missing = hard,
)]
struct Reaction {
    #[column(primary_key)]
    id: i64,
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", resources(Reaction, Comment, Issue))]
struct Api;

fn main() {}
