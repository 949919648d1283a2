#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/v1/issues")]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

#[derive(Connector)]
#[connector(base_url = config.ulr, resources(Issue))]
struct GitHub {
    url: String,
}

fn main() {}
