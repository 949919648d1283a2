#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(
    path = "/issues",
    store = false,
    write_disposition = merge,
    strategy = upsert,
    delete_missing = hard,
    allow_empty,
    schema_contract = freeze,
    unknown_fields = capture(extra),
)]
struct Issue {
    #[column(primary_key)]
    id: i64,
    #[column(version)]
    revision: i64,
    extra: Json,
}

fn main() {}
