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
    auth = oauth2_jwt(token_url = "https://auth.example.com/token", private_key = private_key, issuer = config.email),
)]
struct GitHub {
    private_key: Secret,
    email: Option<String>,
}

fn main() {}
