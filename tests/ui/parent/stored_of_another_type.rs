#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues")]
struct Issue {
    #[column(primary_key)]
    id: i64,
    number: i64,
    score: f64,
    title: Option<String>,
    state: String,
    #[column(flatten)]
    user: User,
    labels: Vec<String>,
}

#[derive(Record)]
struct User {
    login: String,
}

#[derive(Resource)]
#[resource(parent(issue: Issue), path = "/issues/{issue.number}/comments")]
struct Comment {
    #[column(primary_key)]
    id: i64,
    #[column(parent = issue.number)]
    issue_number: String,
}

fn main() {}
