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
    auth = session_token(login_url = "/login", json(username = config.user, password = config.password), token_path = "token", lifetime = "daily"),
)]
struct GitHub {
    user: String,
    password: Secret,
}

fn main() {}
