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
    #[column(primary_key, parent = issue.id)]
    id: i64,
    #[column(parent = issue.number, rename = "no")]
    a: i64,
    #[column(parent = issue.number, default = 0)]
    b: i64,
    #[column(parent = issue.number, flatten)]
    c: i64,
    #[column(parent = issue.number, epoch = seconds)]
    d: Timestamp,
    #[column(parent = issue.number, with(read))]
    e: i64,
    #[column(parent = issue.number, json)]
    f: i64,
    #[column(parent = issue.number, version)]
    g: i64,
    #[column(parent = issue.number, skip)]
    h: i64,
}

fn main() {}
