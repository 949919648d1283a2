#![allow(dead_code)]
use connector_runtime::*;

#[derive(Choice, Clone, Copy)]
enum State {
    Open,
    #[choice(rename = "Open")]
    Closed,
}

fn main() {}
