#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/v1/issues", paginator = page_number(base_page = 1, page_size_header = "x-n"))]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
