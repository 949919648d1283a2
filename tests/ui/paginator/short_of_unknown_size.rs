#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/x", paginator = page_number(base_page = 1, stop_on_short_page))]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
