#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(parent(comment: Comment), path = "/comments/{comment.id}")]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

#[derive(Resource)]
#[resource(parent(issue: Issue), path = "/issues/{issue.id}")]
struct Comment {
    #[column(primary_key)]
    id: i64,
}

#[derive(Resource)]
#[resource(parent(issue: Issue), path = "/users/{issue.id}")]
struct User {
    #[column(primary_key)]
    id: i64,
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", resources(User, Issue, Comment))]
struct Api;

fn main() {}
