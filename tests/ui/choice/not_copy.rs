#![allow(dead_code)]
use connector_runtime::*;

#[derive(Choice)]
enum State {
    Open,
}

fn main() {}
