#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues", filter = Issue::check)]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

impl Issue {
    fn check(&self) {}
}

fn main() {}
