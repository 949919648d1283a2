#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/x?state=all&created[gte]=1")]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
