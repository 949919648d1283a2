#![allow(dead_code)]
use connector_runtime::*;

#[derive(Connector)]
struct GitHub {
    token: Secret,
}

fn main() {}
