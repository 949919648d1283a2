#![allow(dead_code)]
use connector_runtime::*;

#[derive(Record)]
struct Label {
    _index: i64,
}

fn main() {}
