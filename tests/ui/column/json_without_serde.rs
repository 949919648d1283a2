#![allow(dead_code)]
use connector_runtime::*;

struct User;

#[derive(Resource)]
#[resource(path = "/v1/issues")]
struct Issue {
    id: i64,
    #[column(json)]
    user: User,
}

fn main() {}
