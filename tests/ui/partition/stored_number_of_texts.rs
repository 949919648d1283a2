#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(partition(team in config.teams), path = "/teams/{partition.team}/issues")]
struct Issue {
    #[column(primary_key)]
    id: i64,
    #[column(partition = team)]
    team: i64,
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", resources(Issue))]
struct Api {
    teams: Vec<String>,
}

fn main() {}
