#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues")]
struct Issue {
    #[column(primary_key)]
    id: i64,
    title: Option<String>,
    #[column(flatten)]
    user: User,
}

#[derive(Record)]
struct User {
    login: String,
}

#[derive(Resource)]
#[resource(parent(issue: Issue, on_missing = skip), path = "/issues/{issue.id}/comments")]
struct Comment {
    #[column(primary_key)]
    id: i64,
    #[column(parent = issue.title)]
    title: Option<String>,
}

fn main() {}
