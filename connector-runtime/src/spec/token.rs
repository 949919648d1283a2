//! How tokens are asked for: with a refresh token, with a signed assertion, with a login.

use super::{ClientAuth, Method, Param, Part, Path, Template};
use crate::auth::{LoadToken, StoreToken};

/// `auth = oauth2_refresh_token(..)`.
#[derive(Clone, Copy, Debug)]
pub struct OAuth2RefreshTokenSpec {
    /// Where tokens are asked for.
    pub token_url: Template,
    /// The field of the connector that holds the refresh token.
    pub refresh_token: &'static str,
    /// The field of the connector that holds the client's name.
    pub client_id: &'static str,
    /// The field of the connector that holds the client's secret; public clients have none.
    pub client_secret: Option<&'static str>,
    /// Where the client's name and secret are sent.
    pub client_auth: ClientAuth,
    /// What is asked for, with spaces between; `None`: all that was allowed.
    pub scopes: Option<&'static str>,
    /// Further fields of the form.
    pub params: &'static [Param],
    /// A token is replaced so long before its end, in milliseconds; at most half of its life.
    pub leeway_ms: u64,
    /// Where a refresh token is kept that replaces the configured one; `None`: in a private file.
    pub on_rotate: Option<RotationSpec>,
}

impl OAuth2RefreshTokenSpec {
    /// The required options, with every other one as documented.
    pub const fn new(
        token_url: Template,
        refresh_token: &'static str,
        client_id: &'static str,
    ) -> Self {
        Self {
            token_url,
            refresh_token,
            client_id,
            client_secret: None,
            client_auth: ClientAuth::Body,
            scopes: None,
            params: &[],
            leeway_ms: 60_000,
            on_rotate: None,
        }
    }
}

/// `on_rotate(..)`: functions that keep a token from one run to the next.
#[derive(Clone, Copy, Debug)]
pub struct RotationSpec {
    /// Gives what was kept last.
    pub load: LoadToken,
    /// Keeps it.
    pub store: StoreToken,
}

/// `auth = oauth2_jwt(..)`.
#[derive(Clone, Copy, Debug)]
pub struct OAuth2JwtSpec {
    /// Where tokens are asked for.
    pub token_url: Template,
    /// The field of the connector that holds the key that signs.
    pub private_key: &'static str,
    /// Who asks: the claim `iss`.
    pub issuer: Template,
    /// For whom: the claim `sub`.
    pub subject: Option<Template>,
    /// Who is asked: the claim `aud`; `None`: the token URL.
    pub audience: Option<Template>,
    /// What is asked for: the claim `scope`.
    pub scopes: Option<&'static str>,
    /// Which key it is: `kid` in the header.
    pub key_id: Option<Template>,
    /// How long an assertion is good for, in milliseconds.
    pub lifetime_ms: u64,
    /// Further fields of the form.
    pub params: &'static [Param],
    /// A token is replaced so long before its end, in milliseconds; at most half of its life.
    pub leeway_ms: u64,
}

impl OAuth2JwtSpec {
    /// The required options, with every other one as documented.
    pub const fn new(token_url: Template, private_key: &'static str, issuer: Template) -> Self {
        Self {
            token_url,
            private_key,
            issuer,
            subject: None,
            audience: None,
            scopes: None,
            key_id: None,
            lifetime_ms: 3_600_000,
            params: &[],
            leeway_ms: 60_000,
        }
    }
}

/// `auth = session_token(..)`.
#[derive(Clone, Copy, Debug)]
pub struct SessionTokenSpec {
    /// Where the login is: a URL, or a path that is appended to the base URL.
    pub login_url: Template,
    /// How it is sent.
    pub method: Method,
    /// Its body.
    pub body: LoginBody,
    /// Its query parameters. A value that is a lone field may be a secret, as in the body.
    pub params: &'static [Param],
    /// Its headers, which may be secrets, too.
    pub headers: &'static [Param],
    /// The fields of the connector that hold user name and password of `Authorization: Basic ..`.
    pub http_basic: Option<(&'static str, Option<&'static str>)>,
    /// Where the token is in the answer.
    pub token_path: Path,
    /// How long a token is used, in milliseconds; `None`: until the API answers 401.
    pub lifetime_ms: Option<u64>,
    /// The header that carries the token to the API.
    pub header: &'static str,
    /// What stands before the token in it.
    pub prefix: &'static str,
}

impl SessionTokenSpec {
    /// The required options, with every other one as documented.
    pub const fn new(login_url: Template, token_path: Path) -> Self {
        Self {
            login_url,
            method: Method::Post,
            body: LoginBody::None,
            params: &[],
            headers: &[],
            http_basic: None,
            token_path,
            lifetime_ms: None,
            header: "authorization",
            prefix: "Bearer ",
        }
    }

    /// Every field of the connector that the login sends.
    pub fn fields(&self) -> impl Iterator<Item = &'static str> {
        let pairs = self.params.iter().chain(self.headers).map(|param| &param.value);
        let body = self.body.fields().iter().map(|field| &field.value);
        let parts = pairs.chain(body).flat_map(|template| template.parts);
        let named = parts.filter_map(|part| match part {
            Part::Config(name) => Some(*name),
            _ => None,
        });
        let basic = self.http_basic.into_iter();
        named.chain(basic.flat_map(|(user, password)| [Some(user), password]).flatten())
    }
}

/// The body of a login.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum LoginBody {
    /// `application/x-www-form-urlencoded`.
    Form(&'static [LoginField]),
    /// An object.
    Json(&'static [LoginField]),
    /// Nothing.
    None,
}

impl LoginBody {
    /// What is in it.
    pub const fn fields(&self) -> &'static [LoginField] {
        match self {
            Self::Form(fields) | Self::Json(fields) => fields,
            Self::None => &[],
        }
    }
}

/// One value in the body of a login.
#[derive(Clone, Copy, Debug)]
pub struct LoginField {
    /// Its name.
    pub name: &'static str,
    /// Its value; a lone field may be a secret.
    pub value: Template,
    /// It stands in the source as a number, `true` or `false`, which JSON writes without quotes.
    pub bare: bool,
}
