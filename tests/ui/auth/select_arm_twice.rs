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
#[connector(base_url = "https://api.example.com", resources(Issue), auth = select(login, Token = bearer(token), OAuth = none, Token = bearer(key)))]
struct GitHub {
    login: Login,
    token: Option<Secret>,
    key: Option<Secret>,
}

fn main() {}
