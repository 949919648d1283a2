#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/v1/issues", paginator = page_number(base_page = 1, total_path = "n", total_counts = row))]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
