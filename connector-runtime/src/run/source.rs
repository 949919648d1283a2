//! One API, ready to be asked.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use url::Url;

use super::request;
use crate::auth::Auths;
use crate::client::{Client, Policy};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{
    HttpTransport, InClear, Network, Origins, Redactor, Request, Standing, Transport,
    TransportLimits, remove_param,
};
use crate::instance::{Bindings, Instance};

/// Rows that are written together.
const BATCH_ROWS: usize = 8_192;

/// What may differ from what the connector says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overrides {
    pub(crate) base_url: Option<String>,
    pub(crate) transport: Option<Arc<dyn Transport>>,
    pub(crate) network: Network,
    pub(crate) cancel: CancellationToken,
    pub(crate) max_run_time: Option<Duration>,
    pub(crate) max_concurrency: Option<usize>,
    pub(crate) state_dir: Option<PathBuf>,
    pub(crate) batch_rows: Option<usize>,
    pub(crate) writes_at_once: bool,
}

/// One API, ready to be asked.
#[derive(Debug)]
pub(crate) struct Source {
    pub(super) instance: Instance,
    pub(super) base_url: Url,
    pub(super) headers: Vec<(&'static str, String)>,
    origins: Origins,
    pub(super) client: Client,
    /// Rows that are written together.
    pub(super) batch_rows: usize,
    /// However few rows have come, they do not wait for more.
    pub(super) writes_at_once: bool,
}

impl Source {
    pub(crate) fn open(instance: Instance, overrides: Overrides) -> Result<Self> {
        let spec = instance.spec;
        let base_url = instance.base_url(overrides.base_url.as_deref())?;
        let headers = request::headers(&instance, spec.headers, Bindings::NONE)?;
        let auth = Auths::new(&instance, &base_url, overrides.state_dir.as_deref())?;
        let origins = Origins::new(&base_url, spec.trusted_origins);
        let transport = match overrides.transport {
            Some(transport) => transport,
            None => {
                let agent = format!(
                    "{}/{} connector-runtime/{}",
                    spec.name,
                    spec.version,
                    env!("CARGO_PKG_VERSION")
                );
                let limits = TransportLimits {
                    timeout: Duration::from_millis(spec.timeout_ms),
                    read_timeout: Duration::from_millis(spec.read_timeout_ms),
                    max_body: spec.max_body,
                };
                let in_clear = match (base_url.scheme(), auth.asks_in_clear()) {
                    ("https", false) => InClear::Nothing,
                    ("https", true) => InClear::Tokens,
                    _ if instance.has_credentials() => InClear::Credentials,
                    _ => InClear::Requests,
                };
                let network = &overrides.network;
                let transport =
                    HttpTransport::new(&agent, limits, origins.clone(), network, in_clear);
                Arc::new(transport.map_err(|error| {
                    Error::new(ErrorKind::Config, error.to_string()).with_any_help(error.help())
                })?)
            }
        };
        instance.tell_idle_secrets();
        let network = overrides.network.secrets();
        let redactor = Redactor::new(instance.secrets().chain(auth.secrets()).chain(&network));
        // what comes in the order of a script must be asked for in that order
        let max_concurrency = match transport.is_in_order() {
            true => 1,
            false => overrides.max_concurrency.unwrap_or(spec.max_concurrency as usize),
        };
        let policy = Policy { retry: spec.retry, rate_limit: spec.rate_limit, max_concurrency };
        let client = Client::new(
            transport,
            auth,
            policy,
            redactor,
            overrides.cancel,
            overrides.max_run_time,
        );
        let batch_rows = overrides.batch_rows.unwrap_or(BATCH_ROWS);
        let writes_at_once = overrides.writes_at_once;
        Ok(Self { instance, base_url, headers, origins, client, batch_rows, writes_at_once })
    }

    /// Whether the API was given up, or the credentials of this resource were.
    pub(crate) fn is_halted(&self, resource: &str) -> bool {
        self.client.is_halted(resource)
    }

    /// The request for a link that the answer from `at` gave. The link's own parameters are all
    /// that is sent, but for the key, which is signed in where it may go.
    pub(super) fn follow(&self, request: &Request, at: &Url, link: &str) -> Result<Request> {
        let paging = |message: String| Error::new(ErrorKind::Paging, message);
        if link.is_empty() || link.starts_with('#') {
            return Err(paging("the next link leads to the page that it is on".to_owned()));
        }
        let mut url = at
            .join(link)
            .map_err(|error| paging(format!("the next link is not a URL: {error}")))?;
        url.set_fragment(None);
        let standing = self.origins.judge(&url).map_err(|stranger| {
            paging(format!("the next link was not followed: {}", stranger.message))
                .with_any_help(stranger.help)
        })?;
        if let Some(key) = request.key_param() {
            remove_param(&mut url, key);
        }
        let request = request.to(url);
        Ok(match standing {
            Standing::Home => request,
            Standing::Trusted => request.without_credentials(),
        })
    }
}

#[cfg(test)]
mod tests;
