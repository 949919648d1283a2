//! Every kind of authentication, with every option.
#![deny(warnings)]
use connector_runtime::auth::Credentials;
use connector_runtime::http::Request;
use connector_runtime::prelude::*;
use connector_runtime::spec::{AuthSpec, ClientAuth, KeyLocation};

#[derive(Resource)]
#[resource(path = "/things")]
struct Thing {
    #[column(primary_key)]
    id: i64,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = api_key(name = "sid", location = cookie, value = session),
    resources(Thing),
)]
struct Cookie {
    session: Option<Secret>,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = http_basic(username = user, password = password),
    resources(Thing),
)]
struct Basic {
    user: Option<String>,
    password: Secret,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = http_basic(username = key),
    resources(Thing),
)]
struct Key {
    key: Secret,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = oauth2_client_credentials(
        token_url = "http://127.0.0.1:8080/token?tenant=1",
        client_id = id,
        client_secret = secret,
        client_auth = basic,
        scopes = "read write",
        audience = "urn:api",
        params(resource = "r", tenant = config.tenant, mix = "t-{config.tenant}", n = 3),
        leeway = "10s",
    ),
    resources(Thing),
)]
struct OAuth {
    id: Secret,
    secret: Secret,
    tenant: String,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = oauth2_client_credentials(
        token_url = config.token_url,
        client_id = id,
        client_secret = secret,
        client_auth = body,
    ),
    resources(Thing),
)]
struct OAuthElsewhere {
    token_url: String,
    id: String,
    secret: Option<Secret>,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = with(signatures::sign),
    resources(Thing),
)]
struct Signed {
    key: Secret,
}

mod signatures {
    use super::*;

    pub fn sign(
        credentials: &Credentials<'_>,
        request: &mut Request,
    ) -> connector_runtime::Result<()> {
        request.push_secret_header("x-key", credentials.secret("key")?.clone());
        Ok(())
    }
}

fn main() {
    let Some(AuthSpec::ApiKey { location, .. }) = Cookie::SPEC.auth else { panic!() };
    assert_eq!(location, KeyLocation::Cookie);
    let Some(AuthSpec::HttpBasic { password: Some("password"), .. }) = Basic::SPEC.auth else {
        panic!()
    };
    let Some(AuthSpec::HttpBasic { password: None, .. }) = Key::SPEC.auth else { panic!() };
    let Some(AuthSpec::OAuth2ClientCredentials(spec)) = OAuth::SPEC.auth else { panic!() };
    assert_eq!((spec.client_auth, spec.leeway_ms), (ClientAuth::Basic, 10_000));
    assert_eq!((spec.scopes, spec.audience), (Some("read write"), Some("urn:api")));
    assert_eq!(spec.params.len(), 4);
    let Some(AuthSpec::OAuth2ClientCredentials(spec)) = OAuthElsewhere::SPEC.auth else { panic!() };
    assert_eq!((spec.client_auth, spec.leeway_ms), (ClientAuth::Body, 60_000));
    assert!(matches!(Signed::SPEC.auth, Some(AuthSpec::With(_))));
    let Thing { id: _ } = Thing { id: 1 };
}
