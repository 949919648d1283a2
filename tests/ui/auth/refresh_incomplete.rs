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
    auth = oauth2_refresh_token(client_id = client_id),
)]
struct GitHub {
    client_id: String,
    client_secret: Secret,
    refresh_token: Secret,
}

fn main() {}
