#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(
    path = "/issues",
    incremental(cursor = updated_at, start_param = "since"),
    write_disposition = merge,
)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    team: String,
    updated_at: Timestamp,
}

#[derive(Resource)]
#[resource(
    parent(issue: Issue),
    path = "/issues/{issue.id}/comments",
    strategy = delete_insert(merge_key = day),
)]
struct Comment {
    #[column(primary_key)]
    id: i64,
    day: Date,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    resource_defaults(write_disposition = replace),
    resources(Issue, Comment),
)]
struct Api;

fn main() {}
