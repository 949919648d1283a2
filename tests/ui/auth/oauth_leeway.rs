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
    auth = oauth2_client_credentials(token_url = "https://auth.example.com/token", client_id = client_id, client_secret = client_secret, leeway = "1 month"),
)]
struct GitHub {
    client_id: String,
    client_secret: Secret,
}

fn main() {}
