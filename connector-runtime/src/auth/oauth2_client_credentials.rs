//! `auth = oauth2_client_credentials(..)`: tokens for a program that acts for itself (RFC 6749,
//! 4.4).

use super::oauth2::TokenEndpoint;
use super::token::{Fetched, TokenSource};
use super::{Grant, TokenServer, http_basic};
use crate::config::ConfigValue;
use crate::error::{Error, ErrorKind, Result};
use crate::instance::Instance;
use crate::spec::OAuth2ClientCredentialsSpec;

/// The request for a token, which is the same each time.
#[derive(Debug)]
pub(super) struct ClientCredentials(TokenEndpoint);

impl ClientCredentials {
    /// `None` when an optional secret was left out.
    pub(super) fn new(
        instance: &Instance,
        spec: &OAuth2ClientCredentialsSpec,
    ) -> Result<Option<Self>> {
        let grant = Grant::ClientCredentials;
        let mut endpoint = TokenEndpoint::new(instance, grant, &spec.token_url, spec.leeway_ms)?;
        let id = instance.value(spec.client_id);
        let ConfigValue::Secret(secret) = instance.value(spec.client_secret) else {
            return Ok(None);
        };
        if matches!(id, ConfigValue::None) {
            let text = format!("there is a client secret, but `{}` is missing", spec.client_id);
            return Err(Error::new(ErrorKind::Config, text));
        }
        endpoint.ask_for(spec.scopes);
        for (name, value) in [("scope", spec.scopes), ("audience", spec.audience)] {
            if let Some(value) = value {
                endpoint.push(name, value);
            }
        }
        endpoint.push_params(instance, spec.params)?;
        endpoint.identify(http_basic::text(id), Some(secret), spec.client_auth);
        Ok(Some(Self(endpoint)))
    }

    pub(super) fn endpoint(&self) -> &TokenEndpoint {
        &self.0
    }
}

impl TokenSource for ClientCredentials {
    async fn fetch(&self, server: &mut dyn TokenServer) -> Result<Fetched> {
        let request = self.0.request(&[]);
        let response = server.ask(&request, Grant::ClientCredentials).await?;
        let answer = self.0.read(&response).map_err(|error| server.refuse(error, &request))?;
        Ok(answer.fetched)
    }
}
