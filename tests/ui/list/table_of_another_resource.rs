#![allow(dead_code)]
use connector_runtime::*;

#[derive(Record)]
struct Label {
    name: String,
}

#[derive(Resource)]
#[resource(path = "/v1/issues")]
struct Issue {
    #[column(primary_key)]
    id: i64,
    labels: Vec<Label>,
}

#[derive(Resource)]
#[resource(path = "/v1/labels", name = "Issue__Labels")]
struct IssueLabel {
    name: String,
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", resources(Issue, IssueLabel))]
struct Api {}

fn main() {}
