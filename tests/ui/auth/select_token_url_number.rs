#![allow(dead_code)]
use connector_runtime::*;

#[derive(Choice, Clone, Copy)]
enum Login {
    Token,
    OAuth,
}

#[derive(Resource)]
#[resource(path = "/v1/issues")]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", resources(Issue), auth = select(login, Token = none, OAuth = oauth2_client_credentials(token_url = config.url, client_id = id, client_secret = secret)))]
struct GitHub {
    login: Login,
    url: Option<u32>,
    id: Option<String>,
    secret: Option<Secret>,
}

fn main() {}
