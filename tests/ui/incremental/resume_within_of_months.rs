#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues", resume_within = "1 month")]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    resource_defaults(resume_within = 3),
    resources(Issue),
)]
struct Api;

fn main() {}
