#![allow(dead_code)]
use connector_runtime::*;

#[derive(Record)]
struct Labels {
    reasons: Option<Vec<String>>,
}

#[derive(Resource)]
#[resource(path = "/v1/issues")]
struct Issue {
    #[column(primary_key)]
    id: i64,
    #[column(flatten)]
    labels: Labels,
}

#[derive(Resource)]
#[resource(path = "/v1/more", name = "issue__labels")]
struct More {
    #[column(primary_key)]
    id: i64,
    reasons: Vec<i64>,
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", resources(Issue, More))]
struct Api {}

fn main() {}
