#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues", unknown_fields = capture(extra))]
struct Issue {
    #[column(primary_key)]
    id: i64,
    #[column(rename = "Extra")]
    extra: Json,
}

fn main() {}
