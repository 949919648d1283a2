#![allow(dead_code)]
use connector_runtime::*;

#[derive(Record)]
struct User {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
