#![allow(dead_code)]
use connector_runtime::*;

#[derive(Choice, Clone, Copy)]
enum State {}

fn main() {}
