//! How requests are signed: one file a kind.
//!
//! Credentials go to the origin of the base URL only. What a kind asks of a token server goes through
//! `TokenServer`: the client sends it, tries again and waits.

mod api_key;
mod declared;
mod grant;
mod http_basic;
mod oauth2;
mod oauth2_client_credentials;
#[cfg(feature = "jwt")]
mod oauth2_jwt;
mod oauth2_refresh_token;
mod rotation;
mod session_token;
mod source;
mod token;
mod token_file;
mod with;

use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use url::{Origin, Url};

use self::api_key::ApiKey;
pub(crate) use self::declared::Auths;
pub(crate) use self::grant::{Grant, Refusal};
pub use self::rotation::{LoadToken, StoreToken};
use self::source::Source;
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
    /// Nothing more is sent with them: they were refused for good, or cannot be had.
    given_up: AtomicBool,
}

#[derive(Debug)]
enum Kind {
    ApiKey(ApiKey),
    /// A constant `Authorization` header.
    Authorization(Secret),
    /// None declared, or an optional credential was left out.
    None,
    Token(Box<Tokens<Source>>),
    With(Sign, Instance),
}

/// The way to a token server, for one request that needs a token.
pub(crate) trait TokenServer: Send {
    /// Sends a request until it succeeds or the retries are used up.
    fn ask<'a>(
        &'a mut self,
        request: &'a Request,
        grant: Grant,
    ) -> Pin<Box<dyn Future<Output = Result<Response>> + Send + 'a>>;

    /// Waits, unless the run is told to stop meanwhile.
    fn wait<'a>(
        &'a mut self,
        time: Duration,
        reason: &'static str,
    ) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

    /// Keeps a secret that came in an answer out of every text.
    fn learn(&self, secret: &Secret);

    /// Keeps what a function has signed a request with out of every text.
    fn learn_signature(&self, part: &Secret);

    /// An answer that is no use: `error`, with the request that it was the answer to.
    fn refuse(&self, error: Error, request: &Request) -> Error;
}

impl Kind {
    /// `None` when an optional credential was left out. A choice was made before. `state_dir`: where
    /// tokens are kept that outlive the run, in place of the platform's own place.
    fn new(
        instance: &Instance,
        spec: &AuthSpec,
        base_url: &Url,
        state_dir: Option<&Path>,
    ) -> Result<Option<Self>> {
        let token = |source: Source| Self::Token(Box::new(Tokens::new(source)));
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
            AuthSpec::OAuth2ClientCredentials(spec) => {
                Source::client_credentials(instance, &spec)?.map(token)
            }
            AuthSpec::OAuth2Jwt(spec) => Source::jwt(instance, &spec)?.map(token),
            AuthSpec::OAuth2RefreshToken(spec) => {
                Source::refresh_token(instance, &spec, state_dir.map(Path::to_owned))?.map(token)
            }
            AuthSpec::SessionToken(spec) => {
                Source::session_token(instance, &spec, base_url)?.map(token)
            }
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
            Kind::Token(tokens) => tokens.source().basic(),
            Kind::ApiKey(_) | Kind::None | Kind::With(..) => None,
        }
        .into_iter()
    }

    /// Whether tokens are asked for over plain http, as they may be on this machine.
    fn asks_in_clear(&self) -> bool {
        match &self.kind {
            Kind::Token(tokens) => tokens.source().url().scheme() == "http",
            Kind::ApiKey(_) | Kind::Authorization(_) | Kind::None | Kind::With(..) => false,
        }
    }

    /// Makes sure that there is a token, if one is needed: asking for it takes its time.
    pub(crate) async fn prepare(
        &self,
        request: &Request,
        server: &mut dyn TokenServer,
    ) -> Result<()> {
        if let Kind::Token(tokens) = &self.kind
            && request.url().origin() == self.origin
        {
            tokens.token(server).await?;
        }
        Ok(())
    }

    /// Whether a request can be signed without asking for a token first.
    pub(crate) fn is_ready(&self) -> bool {
        match &self.kind {
            Kind::Token(tokens) => tokens.is_valid(),
            Kind::ApiKey(_) | Kind::Authorization(_) | Kind::None | Kind::With(..) => true,
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
            Kind::None => {}
            Kind::Token(tokens) => {
                let (token, generation) = tokens.token(server).await?;
                tokens.source().sign(request, &token);
                return Ok(Some(generation));
            }
            Kind::With(sign, instance) => {
                sign(&Credentials::new(instance), request)?;
                request.secrets().for_each(|part| server.learn_signature(part));
            }
        }
        Ok(None)
    }

    /// The API refused a request that was signed with this token: whether another may do better.
    pub(crate) fn replace(&self, refused: Option<Generation>) -> bool {
        match (&self.kind, refused) {
            (Kind::Token(tokens), Some(generation)) => {
                tokens.discard(generation);
                true
            }
            _ => false,
        }
    }
}

/// Names and texts of a server that a message shows.
const SHOWN: usize = 200;

/// What is cut short says so: the beginning of a secret is found by that.
fn shown(text: &str) -> String {
    let mut chars = text.chars();
    let mut shown: String = chars.by_ref().take(SHOWN).flat_map(char::escape_debug).collect();
    if chars.next().is_some() {
        shown.push('…');
    }
    shown
}
