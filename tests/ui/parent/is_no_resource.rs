#![allow(dead_code)]
use connector_runtime::*;

struct Ticket;

#[derive(Resource)]
#[resource(parent(issue: Ticket), path = "/issues/{issue.number}/comments")]
struct Comment {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
