#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(
    path = "/issues",
    incremental(cursor = updated_at, start_body_path = "page"),
    method = post,
)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    updated_at: Timestamp,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    resource_defaults(paginator = cursor(cursor_path = "next", cursor_body_path = "page.after")),
    resources(Issue),
)]
struct Api;

fn main() {}
