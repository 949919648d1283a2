#![allow(dead_code)]
use connector_runtime::*;

#[derive(Resource)]
#[resource(path = "/issues")]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    resources(Issue),
    auth = bearer(token),
    client_auth = basic,
)]
struct GitHub {
    token: Secret,
}

fn main() {}
