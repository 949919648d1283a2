#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/x", paginator = cursor(cursor_path = "next", limit_param = "limit"))]
struct Charge {
    #[column(primary_key)]
    id: i64,
    amount: Option<i64>,
    #[column(default)]
    level: i64,
    #[column(epoch = seconds)]
    created: Timestamp,
    rate: f64,
}

fn main() {}
