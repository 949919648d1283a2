#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/x")]
struct Charge {
    #[column(primary_key)]
    number: i64,
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", resources(Charge), trusted_origins())]
struct Shop {}

fn main() {}
