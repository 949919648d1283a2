//! Credentials of a resource's own, and a choice between kinds.
#![deny(warnings)]
use connector_runtime::prelude::*;
use connector_runtime::spec::AuthSpec;

#[derive(Choice, Clone, Copy)]
#[choice(rename_all = "kebab-case")]
enum Login {
    Token,
    UserName,
    r#Type,
}

#[derive(Resource)]
#[resource(path = "/things", auth = none)]
struct Thing {
    #[column(primary_key)]
    id: i64,
}

#[derive(Resource)]
#[resource(path = "/audit", auth = select(login, Token = bearer(admin), UserName = none, Type = none))]
struct Audit {
    #[column(primary_key)]
    id: i64,
}

#[derive(Resource)]
#[resource(
    path = "/users",
    auth = oauth2_client_credentials(
        token_url = config.token_url,
        client_id = user,
        client_secret = admin,
        params(tenant = config.tenant),
    ),
)]
struct User {
    #[column(primary_key)]
    id: i64,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = select(
        login,
        Token = bearer(token),
        UserName = http_basic(username = user, password = password),
        Type = none,
    ),
    resources(Thing, Audit, User),
)]
struct Api {
    #[config(default = "user-name")]
    login: Login,
    token: Option<Secret>,
    user: String,
    password: Option<Secret>,
    admin: Option<Secret>,
    token_url: String,
    tenant: Option<String>,
}

fn main() {
    let Some(AuthSpec::Select(select)) = Api::SPEC.auth else { panic!() };
    assert_eq!(select.field, "login");
    let arms: Vec<_> = select.arms.iter().map(|arm| arm.variant).collect();
    assert_eq!(arms, ["Token", "UserName", "Type"]);
    assert!(matches!(Thing::SPEC.auth.unwrap().auth, AuthSpec::None));
    let fields: Vec<_> = User::SPEC.auth.unwrap().fields.iter().map(|it| it.field).collect();
    assert_eq!(fields, ["tenant", "token_url", "user", "admin"]);
    let _ = (Thing { id: 1 }, Audit { id: 1 }, User { id: 1 });
}
