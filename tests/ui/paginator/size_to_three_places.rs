#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/v1/issues", method = post, paginator = page_number(base_page = 1, page_size = 9, page_size_param = "n", page_size_header = "x-n", page_size_body_path = "n"))]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
