#![allow(dead_code)]
use connector_runtime::*;

#[derive(Choice, Clone, Copy)]
struct State {
    open: bool,
}

fn main() {}
