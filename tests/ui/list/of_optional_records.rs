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
    labels: Vec<Option<Label>>,
}

fn main() {}
