#![allow(dead_code)]
use connector_runtime::*;

#[derive(Record)]
struct Label {
    #[column(parent = issue.number)]
    issue_number: i64,
    #[column(partition = team)]
    team: String,
}

fn main() {}
