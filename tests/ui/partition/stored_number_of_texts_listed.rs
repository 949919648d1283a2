#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(partition(team in ["1"]), path = "/teams/{partition.team}/issues")]
struct Issue {
    #[column(primary_key)]
    id: i64,
    #[column(partition = team)]
    team: i64,
}

fn main() {}
