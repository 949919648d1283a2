#![allow(dead_code)]
use connector_runtime::*;

struct Issue;

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", resources(Issue))]
struct GitHub {
    token: Secret,
}

fn main() {}
