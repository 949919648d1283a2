#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(partition(year in config.years), path = "/years/{partition.year}/issues")]
struct Issue {
    #[column(primary_key)]
    id: i64,
    #[column(partition = year)]
    year: String,
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", resources(Issue))]
struct Api {
    years: Vec<i64>,
}

fn main() {}
