#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues")]
struct Issue {
    #[column(primary_key)]
    id: i64,
    #[column(with(yes_no), hard_delete)]
    deleted: bool,
}

fn yes_no(text: String) -> Result<bool> {
    Ok(text == "yes")
}

fn main() {}
