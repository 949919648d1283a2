#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues", map = Issue::clean)]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

impl Issue {
    fn clean(&mut self) {}
}

fn main() {}
