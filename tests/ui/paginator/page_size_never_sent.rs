#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/x", paginator = page_number(base_page = 1, page_size = 100))]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
