#![allow(dead_code)]
use connector_runtime::*;

#[derive(Choice, Clone)]
enum State {
    Open(String),
}

#[derive(Resource)]
#[resource(path = "/x")]
struct Issue {
    state: State,
}

fn main() {}
