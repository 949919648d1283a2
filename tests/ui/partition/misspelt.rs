#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(partition(team in config.teams), path = "/teams/{partition.tem}/issues")]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
