#![allow(dead_code)]
use connector_runtime::*;

#[derive(Choice, Clone, Copy)]
enum State {
    Open,
    Closed,
}

#[derive(Resource)]
#[resource(
    path = "/issues",
    incremental(cursor = state, start_param = "since", as_text),
)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    state: State,
}

fn main() {}
