#![allow(dead_code)]
use connector_runtime::*;

#[derive(Choice, Clone, Copy)]
#[choice(rename_al = "snake_case")]
enum Login {
    Token,
}

#[derive(Resource)]
#[resource(path = "/v1/issues")]
struct Issue {
    #[column(primary_key)]
    id: i64,
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", resources(Issue), auth = select(login, Tokn = bearer(token)))]
struct GitHub {
    login: Login,
    token: Option<Secret>,
}

fn main() {}
