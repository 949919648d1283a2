#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/comments")]
struct Comment {
    #[column(primary_key)]
    id: i64,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    resource_defaults(params(number = issue.number, title = "{issue.title}")),
    resources(Comment),
)]
struct Api;

fn main() {}
