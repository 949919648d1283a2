#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/x")]
struct Charge {
    #[column(primary_key)]
    number: i64,
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", resources(Charge), headers("X-After" = "1"), resource_defaults(paginator = cursor(cursor_path = "next", cursor_request_header = "x-after")))]
struct Shop {}

fn main() {}
