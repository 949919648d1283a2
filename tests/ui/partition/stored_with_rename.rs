#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(partition(team in config.teams), path = "/teams/{partition.team}/issues")]
struct Issue {
    #[column(primary_key)]
    id: i64,
    #[column(partition = team, rename = "group")]
    team: String,
}

fn main() {}
