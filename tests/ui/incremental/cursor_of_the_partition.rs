#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(
    path = "/issues",
    incremental(cursor = team, start_param = "since", as_text),
    partition(team in ["a"]), params(team = partition.team),
)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    #[column(partition = team)]
    team: String,
}

fn main() {}
