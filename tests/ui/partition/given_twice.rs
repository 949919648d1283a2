#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(
    partition(team in ["a"], team in ["b"]),
    path = "/teams/{partition.team}/issues",
)]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
