//! `auth = oauth2_refresh_token(..)`: tokens for a program that acts for a person, who has allowed it
//! to once (RFC 6749, 6).
//!
//! A server may replace the refresh token with each use; the old one is then worth nothing. So the
//! new one is kept before the access token that came with it is used.

use std::path::PathBuf;

use super::oauth2::TokenEndpoint;
use super::rotation::Keeper;
use super::token::{Fetched, TokenSource};
use super::{Grant, TokenServer, http_basic};
use crate::config::ConfigValue;
use crate::error::{Error, ErrorKind, Result};
use crate::instance::Instance;
use crate::secret::Secret;
use crate::spec::OAuth2RefreshTokenSpec;

#[derive(Debug)]
pub(super) struct RefreshToken {
    endpoint: TokenEndpoint,
    /// Where the first one comes from, and every other one that a person gives.
    configured: Secret,
    keeper: Keeper,
}

impl RefreshToken {
    /// `None` when an optional refresh token was left out. `state_dir`: where tokens are kept that
    /// replace the configured one, in place of the platform's own place.
    pub(super) fn new(
        instance: &Instance,
        spec: &OAuth2RefreshTokenSpec,
        state_dir: Option<PathBuf>,
    ) -> Result<Option<Self>> {
        let grant = Grant::RefreshToken;
        let mut endpoint = TokenEndpoint::new(instance, grant, &spec.token_url, spec.leeway_ms)?;
        let ConfigValue::Secret(configured) = instance.value(spec.refresh_token) else {
            return Ok(None);
        };
        let id = instance.value(spec.client_id);
        if matches!(id, ConfigValue::None) {
            let text = format!("there is a refresh token, but `{}` is missing", spec.client_id);
            return Err(Error::new(ErrorKind::Config, text));
        }
        let secret = match spec.client_secret.map(|field| instance.value(field)) {
            Some(ConfigValue::Secret(secret)) => Some(secret),
            _ => None,
        };
        endpoint.ask_for(spec.scopes);
        if let Some(scopes) = spec.scopes {
            endpoint.push("scope", scopes);
        }
        endpoint.push_params(instance, spec.params)?;
        endpoint.identify(http_basic::text(id), secret, spec.client_auth);
        let keeper = Keeper::new(instance, spec.on_rotate, configured, state_dir)?;
        Ok(Some(Self { endpoint, configured: configured.clone(), keeper }))
    }

    pub(super) fn endpoint(&self) -> &TokenEndpoint {
        &self.endpoint
    }
}

impl TokenSource for RefreshToken {
    async fn fetch(&self, server: &mut dyn TokenServer) -> Result<Fetched> {
        // held until the new token is kept: another process would use up the same one
        let kept = self.keeper.open(server).await?;
        let current = kept.load()?.unwrap_or_else(|| self.configured.clone());
        server.learn(&current);
        let request = self.endpoint.request(&[("refresh_token", &current)]);
        let response = server.ask(&request, Grant::RefreshToken).await?;
        let read = self.endpoint.read(&response);
        let answer = read.map_err(|error| server.refuse(error, &request))?;
        if let Some(new) = answer.refresh_token.filter(|new| *new != current) {
            server.learn(&new);
            kept.store(&new)?;
        }
        Ok(answer.fetched)
    }
}
