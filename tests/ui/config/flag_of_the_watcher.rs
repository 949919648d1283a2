#![allow(dead_code)]
use connector_runtime::prelude::*;

#[derive(Connector)]
#[connector(base_url = "https://api.github.com", resources(Repo))]
struct GitHub {
    log_format: String,
    #[config(env = "GIT_HUB_METRICS")]
    measures: String,
}

#[derive(Resource)]
#[resource(path = "/repos")]
struct Repo {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
