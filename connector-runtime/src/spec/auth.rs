//! How requests are authenticated.

use super::{OAuth2JwtSpec, OAuth2RefreshTokenSpec, Param, SelectSpec, SessionTokenSpec, Template};
use crate::auth::Sign;

/// How requests are authenticated.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum AuthSpec {
    /// A key under a name of the API's choice.
    ApiKey {
        /// Name of the header, query parameter or cookie.
        name: &'static str,
        /// Where it goes.
        location: KeyLocation,
        /// The field of the connector that holds the key.
        value: &'static str,
    },
    /// `Authorization: Bearer ..` (RFC 6750).
    Bearer {
        /// The field of the connector that holds the token.
        token: &'static str,
    },
    /// `Authorization: Basic ..` (RFC 7617).
    HttpBasic {
        /// The field of the connector that holds the user name.
        username: &'static str,
        /// The field of the connector that holds the password; `None`: the password is empty.
        password: Option<&'static str>,
    },
    /// Not at all.
    None,
    /// A token from a token server (RFC 6749, 4.4).
    OAuth2ClientCredentials(OAuth2ClientCredentialsSpec),
    /// A token for an assertion that a key has signed (RFC 7523).
    OAuth2Jwt(OAuth2JwtSpec),
    /// A token for a refresh token (RFC 6749, 6).
    OAuth2RefreshToken(OAuth2RefreshTokenSpec),
    /// A token out of the answer to a login.
    SessionToken(SessionTokenSpec),
    /// One of several ways, by configuration.
    Select(SelectSpec),
    /// A function of the user's.
    With(Sign),
}

impl AuthSpec {
    /// The fields of the connector that hold credentials; a function can use any, and so can a login
    /// ([`SessionTokenSpec::fields`]). Of a choice only the arm that is chosen has some.
    pub const fn fields(&self) -> [Option<&'static str>; 2] {
        match self {
            Self::ApiKey { value, .. } => [Some(value), None],
            Self::Bearer { token } => [Some(token), None],
            Self::HttpBasic { username, password } => [Some(username), *password],
            Self::OAuth2ClientCredentials(spec) => [Some(spec.client_id), Some(spec.client_secret)],
            Self::OAuth2Jwt(spec) => [Some(spec.private_key), None],
            Self::OAuth2RefreshToken(spec) => [Some(spec.refresh_token), spec.client_secret],
            Self::None | Self::Select(_) | Self::SessionToken(_) | Self::With(_) => [None, None],
        }
    }

    /// The header that carries the credential; a choice sends what its arms send.
    pub const fn header(&self) -> Option<&'static str> {
        match self {
            Self::ApiKey { name, location: KeyLocation::Header, .. } => Some(name),
            Self::ApiKey { location: KeyLocation::Cookie, .. } => Some("cookie"),
            Self::Bearer { .. }
            | Self::HttpBasic { .. }
            | Self::OAuth2ClientCredentials(_)
            | Self::OAuth2Jwt(_)
            | Self::OAuth2RefreshToken(_) => Some("authorization"),
            Self::SessionToken(spec) => Some(spec.header),
            Self::ApiKey { .. } | Self::None | Self::Select(_) | Self::With(_) => None,
        }
    }

    /// The query parameter that carries the credential.
    pub const fn query_param(&self) -> Option<&'static str> {
        match self {
            Self::ApiKey { name, location: KeyLocation::Query, .. } => Some(name),
            _ => None,
        }
    }
}

/// `auth = oauth2_client_credentials(..)`.
#[derive(Clone, Copy, Debug)]
pub struct OAuth2ClientCredentialsSpec {
    /// Where tokens are asked for.
    pub token_url: Template,
    /// The field of the connector that holds the client's name.
    pub client_id: &'static str,
    /// The field of the connector that holds the client's secret.
    pub client_secret: &'static str,
    /// Where the client's name and secret are sent.
    pub client_auth: ClientAuth,
    /// What is asked for, with spaces between.
    pub scopes: Option<&'static str>,
    /// Which API the token is for.
    pub audience: Option<&'static str>,
    /// Further fields of the form.
    pub params: &'static [Param],
    /// A token is replaced so long before its end, in milliseconds; at most half of its life.
    pub leeway_ms: u64,
}

impl OAuth2ClientCredentialsSpec {
    /// The required options, with every other one as documented.
    pub const fn new(
        token_url: Template,
        client_id: &'static str,
        client_secret: &'static str,
    ) -> Self {
        Self {
            token_url,
            client_id,
            client_secret,
            client_auth: ClientAuth::Body,
            scopes: None,
            audience: None,
            params: &[],
            leeway_ms: 60_000,
        }
    }
}

/// Where a client's name and secret are sent (RFC 6749, 2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAuth {
    /// In the header `Authorization: Basic ..`.
    Basic,
    /// In the form.
    Body,
}

/// Where an API key is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyLocation {
    /// In a cookie.
    Cookie,
    /// In a header.
    Header,
    /// In the query string.
    Query,
}
