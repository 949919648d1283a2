#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(
    partition(team in config.teams, state in ["open", "closed"]),
    path = "/teams/{partition.team}",
)]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
