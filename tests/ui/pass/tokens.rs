//! Every kind of authentication that asks for tokens, with every option.
#![deny(warnings)]
use connector_runtime::auth::Credentials;
use connector_runtime::prelude::*;
use connector_runtime::spec::{AuthSpec, ClientAuth, LoginBody, Method};

#[derive(Resource)]
#[resource(path = "/things")]
struct Thing {
    #[column(primary_key)]
    id: i64,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = oauth2_refresh_token(
        token_url = "http://127.0.0.1:8080/token?tenant=1",
        refresh_token = token,
        client_id = id,
        client_secret = secret,
        client_auth = basic,
        scopes = "read write",
        params(resource = "r", tenant = config.tenant, n = 3),
        leeway = "10s",
        on_rotate(load = vault::load, store = vault::store),
    ),
    resources(Thing),
)]
struct Refresh {
    id: Secret,
    secret: Option<Secret>,
    token: Secret,
    tenant: Option<String>,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = oauth2_refresh_token(token_url = config.url, refresh_token = token, client_id = id),
    resources(Thing),
)]
struct RefreshPublic {
    url: String,
    id: String,
    token: Option<Secret>,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = oauth2_jwt(
        token_url = "https://auth.example.com/token",
        private_key = key,
        issuer = config.email,
        subject = config.subject,
        audience = "aud-{config.email}",
        scopes = "read",
        key_id = "k1",
        lifetime = "3m",
        params(tenant = config.subject),
        leeway = "5s",
    ),
    resources(Thing),
)]
struct Jwt {
    key: Secret,
    email: String,
    subject: Option<String>,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = session_token(
        login_url = "/login",
        json(
            user = config.user,
            password = config.password,
            n = 3,
            yes = true,
            text = "t-{config.user}",
        ),
        params(key = config.key),
        headers("x-app" = config.key, "x-mode" = "sync"),
        http_basic(username = user, password = password),
        token_path = "data[0].token",
        lifetime = "1h",
        header = "x-session",
        prefix = "Session ",
    ),
    resources(Thing),
)]
struct Login {
    user: String,
    password: Secret,
    key: Option<Secret>,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = session_token(
        login_url = config.url,
        method = get,
        params(key = config.key),
        token_path = "token",
        header = "x-token",
    ),
    resources(Thing),
)]
struct LoginByKey {
    url: String,
    key: Secret,
}

mod vault {
    use super::*;

    pub fn load(_: &Credentials<'_>) -> connector_runtime::Result<Option<Secret>> {
        Ok(None)
    }

    pub fn store(_: &Credentials<'_>, _: &Secret) -> connector_runtime::Result<()> {
        Ok(())
    }
}

fn main() {
    let Some(AuthSpec::OAuth2RefreshToken(spec)) = Refresh::SPEC.auth else { panic!() };
    assert_eq!((spec.client_auth, spec.leeway_ms), (ClientAuth::Basic, 10_000));
    assert!(spec.on_rotate.is_some() && spec.client_secret == Some("secret"));
    let Some(AuthSpec::OAuth2RefreshToken(spec)) = RefreshPublic::SPEC.auth else { panic!() };
    assert_eq!((spec.client_auth, spec.client_secret), (ClientAuth::Body, None));
    assert!(spec.on_rotate.is_none());
    let Some(AuthSpec::OAuth2Jwt(spec)) = Jwt::SPEC.auth else { panic!() };
    assert_eq!((spec.lifetime_ms, spec.leeway_ms), (180_000, 5_000));
    let Some(AuthSpec::SessionToken(spec)) = Login::SPEC.auth else { panic!() };
    assert_eq!((spec.header, spec.prefix), ("x-session", "Session "));
    let LoginBody::Json(fields) = spec.body else { panic!() };
    let bare: Vec<_> = fields.iter().map(|field| field.bare).collect();
    assert_eq!(bare, [false, false, true, true, false]);
    let Some(AuthSpec::SessionToken(spec)) = LoginByKey::SPEC.auth else { panic!() };
    assert_eq!((spec.header, spec.prefix, spec.lifetime_ms), ("x-token", "", None));
    assert!(matches!((spec.method, spec.body), (Method::Get, LoginBody::None)));
    let Thing { id: _ } = Thing { id: 1 };
}
