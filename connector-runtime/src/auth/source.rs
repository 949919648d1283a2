//! [`Source`]: the kinds whose tokens come from a server, as one.

use std::path::PathBuf;

use url::Url;

use super::TokenServer;
use super::oauth2_client_credentials::ClientCredentials;
#[cfg(feature = "jwt")]
use super::oauth2_jwt::Jwt;
use super::oauth2_refresh_token::RefreshToken;
use super::session_token::SessionToken;
use super::token::{Fetched, TokenSource};
use crate::error::Result;
use crate::http::Request;
use crate::instance::Instance;
use crate::secret::Secret;
use crate::spec::{
    OAuth2ClientCredentialsSpec, OAuth2JwtSpec, OAuth2RefreshTokenSpec, SessionTokenSpec,
};

/// Where the tokens of a connector come from.
#[derive(Debug)]
pub(super) enum Source {
    ClientCredentials(ClientCredentials),
    #[cfg(feature = "jwt")]
    Jwt(Box<Jwt>),
    RefreshToken(RefreshToken),
    SessionToken(SessionToken),
}

impl Source {
    /// `None` when an optional credential was left out, here and below.
    pub(super) fn client_credentials(
        instance: &Instance,
        spec: &OAuth2ClientCredentialsSpec,
    ) -> Result<Option<Self>> {
        Ok(ClientCredentials::new(instance, spec)?.map(Self::ClientCredentials))
    }

    #[cfg(feature = "jwt")]
    pub(super) fn jwt(instance: &Instance, spec: &OAuth2JwtSpec) -> Result<Option<Self>> {
        Ok(Jwt::new(instance, spec)?.map(|jwt| Self::Jwt(Box::new(jwt))))
    }

    #[cfg(not(feature = "jwt"))]
    pub(super) fn jwt(_: &Instance, _: &OAuth2JwtSpec) -> Result<Option<Self>> {
        // the derive checks it; a spec can also be written by hand
        Err(crate::error::Error::new(
            crate::error::ErrorKind::Config,
            "`oauth2_jwt` needs the feature `jwt` of the runtime",
        ))
    }

    pub(super) fn refresh_token(
        instance: &Instance,
        spec: &OAuth2RefreshTokenSpec,
        state_dir: Option<PathBuf>,
    ) -> Result<Option<Self>> {
        Ok(RefreshToken::new(instance, spec, state_dir)?.map(Self::RefreshToken))
    }

    pub(super) fn session_token(
        instance: &Instance,
        spec: &SessionTokenSpec,
        base_url: &Url,
    ) -> Result<Option<Self>> {
        Ok(SessionToken::new(instance, spec, base_url)?.map(Self::SessionToken))
    }

    /// Where tokens are asked for.
    pub(super) fn url(&self) -> &Url {
        match self {
            Self::ClientCredentials(source) => source.endpoint().url(),
            #[cfg(feature = "jwt")]
            Self::Jwt(source) => source.endpoint().url(),
            Self::RefreshToken(source) => source.endpoint().url(),
            Self::SessionToken(source) => source.url(),
        }
    }

    /// The header that holds a name and a secret, if one does.
    pub(super) fn basic(&self) -> Option<&Secret> {
        match self {
            Self::ClientCredentials(source) => source.endpoint().basic(),
            #[cfg(feature = "jwt")]
            Self::Jwt(source) => source.endpoint().basic(),
            Self::RefreshToken(source) => source.endpoint().basic(),
            Self::SessionToken(source) => source.basic(),
        }
    }

    /// Adds a token to a request.
    pub(super) fn sign(&self, request: &mut Request, token: &Secret) {
        let (header, prefix) = match self {
            Self::SessionToken(source) => source.header(),
            _ => ("authorization", "Bearer "),
        };
        request.push_secret_header(header, Secret::new(format!("{prefix}{}", token.expose())));
    }
}

impl TokenSource for Source {
    async fn fetch(&self, server: &mut dyn TokenServer) -> Result<Fetched> {
        match self {
            Self::ClientCredentials(source) => source.fetch(server).await,
            #[cfg(feature = "jwt")]
            Self::Jwt(source) => source.fetch(server).await,
            Self::RefreshToken(source) => source.fetch(server).await,
            Self::SessionToken(source) => source.fetch(server).await,
        }
    }
}
