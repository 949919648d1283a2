//! How requests are signed: one file a kind.
//!
//! Credentials go to the origin of the base URL only. What a kind asks of a token server goes through
//! `TokenServer`: the client sends it, tries again and waits.

mod api_key;
mod declared;
mod http_basic;
mod oauth2_client_credentials;
mod token;
mod with;

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::AtomicBool;

use url::Origin;

use self::api_key::ApiKey;
pub(crate) use self::declared::Auths;
use self::oauth2_client_credentials::ClientCredentials;
pub(crate) use self::oauth2_client_credentials::Refusal;
pub(crate) use self::token::Generation;
use self::token::Tokens;
pub use self::with::{Credentials, Sign};
use crate::config::ConfigValue;
use crate::error::{Error, Result};
use crate::http::{Request, Response};
use crate::instance::Instance;
use crate::secret::Secret;
use crate::spec::AuthSpec;

/// One declared way to authenticate, ready to sign requests.
#[derive(Debug)]
pub(crate) struct Auth {
    /// Nobody else gets a credential.
    origin: Origin,
    kind: Kind,
    /// The query parameter that carries the credential.
    key_param: Option<&'static str>,
    /// The API has refused the credentials for good.
    refused: AtomicBool,
}

#[derive(Debug)]
enum Kind {
    ApiKey(ApiKey),
    /// A constant `Authorization` header.
    Authorization(Secret),
    ClientCredentials(Box<Tokens<ClientCredentials>>),
    /// None declared, or an optional credential was left out.
    None,
    With(Sign, Instance),
}

/// The way to a token server, for one request that needs a token.
pub(crate) trait TokenServer: Send {
    /// Sends a request until it succeeds or the retries are used up.
    fn ask<'a>(
        &'a mut self,
        request: &'a Request,
    ) -> Pin<Box<dyn Future<Output = Result<Response>> + Send + 'a>>;

    /// Keeps a secret that came in an answer out of every text.
    fn learn(&self, secret: &Secret);

    /// An answer that is no use: `error`, with the request that it was the answer to.
    fn refuse(&self, error: Error, request: &Request) -> Error;
}

impl Kind {
    /// `None` when an optional credential was left out. A choice was made before.
    fn new(instance: &Instance, spec: &AuthSpec) -> Result<Option<Self>> {
        let secret = |field: &str| match instance.value(field) {
            ConfigValue::Secret(secret) => Some(secret),
            _ => None,
        };
        Ok(match *spec {
            AuthSpec::ApiKey { name, location, value } => match secret(value) {
                Some(key) => Some(Self::ApiKey(ApiKey::new(name, location, value, key)?)),
                None => None,
            },
            AuthSpec::Bearer { token } => secret(token).map(|token| {
                Self::Authorization(Secret::new(format!("Bearer {}", token.expose())))
            }),
            AuthSpec::HttpBasic { username, password } => {
                http_basic::header(instance, username, password)?.map(Self::Authorization)
            }
            AuthSpec::OAuth2ClientCredentials(spec) => ClientCredentials::new(instance, &spec)?
                .map(|source| Self::ClientCredentials(Box::new(Tokens::new(source)))),
            AuthSpec::With(sign) => Some(Self::With(sign, instance.clone())),
            AuthSpec::None | AuthSpec::Select(_) => None,
        })
    }
}

impl Auth {
    /// Secrets that are made of those of the configuration, and do not contain them as they are.
    fn secrets(&self) -> impl Iterator<Item = &Secret> {
        match &self.kind {
            Kind::Authorization(value) => Some(value),
            Kind::ClientCredentials(tokens) => tokens.source().basic(),
            Kind::ApiKey(_) | Kind::None | Kind::With(..) => None,
        }
        .into_iter()
    }

    /// Whether tokens are asked for over plain http, as they may be on this machine.
    fn asks_in_clear(&self) -> bool {
        match &self.kind {
            Kind::ClientCredentials(tokens) => tokens.source().url().scheme() == "http",
            Kind::ApiKey(_) | Kind::Authorization(_) | Kind::None | Kind::With(..) => false,
        }
    }

    /// Adds the credentials to a request; to one that goes elsewhere, none. Says which token was
    /// used, if it is one that can be replaced.
    pub(crate) async fn sign(
        &self,
        request: &mut Request,
        server: &mut dyn TokenServer,
    ) -> Result<Option<Generation>> {
        if request.url().origin() != self.origin {
            return Ok(None);
        }
        match &self.kind {
            Kind::ApiKey(key) => key.sign(request),
            Kind::Authorization(value) => {
                request.push_secret_header("authorization", value.clone());
            }
            Kind::ClientCredentials(tokens) => {
                let (token, generation) = tokens.token(server).await?;
                let value = Secret::new(format!("Bearer {}", token.expose()));
                request.push_secret_header("authorization", value);
                return Ok(Some(generation));
            }
            Kind::None => {}
            Kind::With(sign, instance) => sign(&Credentials::new(instance), request)?,
        }
        Ok(None)
    }

    /// The API refused a request that was signed with this token: whether another may do better.
    pub(crate) fn replace(&self, refused: Option<Generation>) -> bool {
        match (&self.kind, refused) {
            (Kind::ClientCredentials(tokens), Some(generation)) => {
                tokens.discard(generation);
                true
            }
            _ => false,
        }
    }
}
