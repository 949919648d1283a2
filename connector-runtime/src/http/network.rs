//! [`Network`]: certificates and a proxy, as they are needed where a program runs.

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use reqwest::{ClientBuilder, NoProxy, Proxy};
use url::Url;

use super::failure::{Failure, TransportError};
use super::tls;
use crate::secret::Secret;

/// How the API is reached: a certificate authority and a client certificate of one's own, a proxy.
///
/// It holds for every request of a connector, those to its token server included. Nothing in it
/// turns the verification of a server's certificate off. Files are read when a run starts.
///
/// ```no_run
/// # use connector_runtime::{http::Network, prelude::*};
/// # #[derive(Connector)]
/// # #[connector(base_url = "https://api.example.com", resources(Item))]
/// # struct Api {}
/// # #[derive(Resource)]
/// # #[resource(path = "/items")]
/// # struct Item { #[column(primary_key)] id: i64 }
/// # async fn example() -> connector_runtime::Result<()> {
/// let network = Network::new()
///     .ca_file("/etc/ssl/company-ca.pem")
///     .client_cert("/etc/ssl/loader.pem")
///     .client_key("/etc/ssl/loader.key");
/// Api {}.sync().network(network).run().await.into_result()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Network {
    pub(super) ca_file: Option<PathBuf>,
    pub(super) client_cert: Option<PathBuf>,
    pub(super) client_key: Option<PathBuf>,
    proxy: Option<Secret>,
    no_proxy: Option<String>,
}

/// What of a connector's requests goes over plain http, where a proxy would read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InClear {
    /// Requests with credentials.
    Credentials,
    /// Nothing.
    Nothing,
    /// Requests without credentials.
    Requests,
    /// Only what is asked of the token server, on this machine perhaps.
    Tokens,
}

impl Network {
    /// The system's certificate authorities, no client certificate, and the proxy that the
    /// environment names.
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts the certificate authorities in this PEM file, too, beside those of the system.
    #[must_use]
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(path.into());
        self
    }

    /// Shows this certificate to servers that ask for one: a PEM file with the certificate and those
    /// between it and its authority, and with the private key unless [`Self::client_key`] names it.
    #[must_use]
    pub fn client_cert(mut self, path: impl Into<PathBuf>) -> Self {
        self.client_cert = Some(path.into());
        self
    }

    /// The private key of the client certificate: a PEM file, not encrypted.
    #[must_use]
    pub fn client_key(mut self, path: impl Into<PathBuf>) -> Self {
        self.client_key = Some(path.into());
        self
    }

    /// Sends https requests through this proxy (`http://host:port` or `https://host:port`, with
    /// `user:password@` if need be), whatever the environment says. The proxy sees the names of
    /// hosts only.
    ///
    /// Requests over plain http take it only where no request of the connector has credentials;
    /// where one does, the run does not start.
    #[must_use]
    pub fn proxy(mut self, url: impl Into<Secret>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// Hosts that are reached without [`Self::proxy`], written as in the environment variable
    /// `NO_PROXY`: `localhost,.example.com,10.0.0.0/8`.
    #[must_use]
    pub fn no_proxy(mut self, hosts: impl Into<String>) -> Self {
        self.no_proxy = Some(hosts.into());
        self
    }

    /// What of it must not be seen.
    pub(crate) fn secrets(&self) -> Vec<Secret> {
        let Some(url) = self.proxy.as_ref().and_then(|url| Url::parse(url.expose()).ok()) else {
            return Vec::new();
        };
        let Some(password) = url.password() else { return Vec::new() };
        let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let pair = format!("{}:{}", decode(url.username()), decode(password));
        vec![password.into(), decode(password).into(), STANDARD.encode(pair).into()]
    }

    /// The client with these settings.
    pub(super) fn apply(
        &self,
        builder: ClientBuilder,
        in_clear: InClear,
    ) -> Result<ClientBuilder, TransportError> {
        let builder = tls::apply(self, builder)?;
        let Some(url) = &self.proxy else {
            // over plain http a proxy would read what is sent, and this machine needs none
            return Ok(match in_clear {
                InClear::Nothing => builder,
                _ => builder.no_proxy(),
            });
        };
        let url = proxy_url(url)?;
        let proxy = match in_clear {
            InClear::Credentials => {
                let text =
                    "the API is asked over plain http, and a proxy would read the credentials";
                return Err(refused(text).with_help("use `https://`, or no proxy"));
            }
            InClear::Nothing | InClear::Tokens => Proxy::https(url),
            InClear::Requests => Proxy::all(url),
        };
        let proxy = proxy.map_err(|_| refused("the proxy's URL cannot be used"))?;
        let no_proxy = self.no_proxy.as_deref().and_then(NoProxy::from_string);
        Ok(builder.proxy(proxy.no_proxy(no_proxy)))
    }
}

/// Names nothing of the URL: it may hold a password.
fn proxy_url(text: &Secret) -> Result<Url, TransportError> {
    const HELP: &str = "a proxy is written `http://host:port` or `https://host:port`";
    let url = Url::parse(text.expose()).map_err(|error| {
        refused(format!("the URL of the proxy is no URL: {error}")).with_help(HELP)
    })?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(refused("the proxy is no `http://` or `https://` one").with_help(HELP));
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(refused("the URL of the proxy has a path or a query").with_help(HELP));
    }
    Ok(url)
}

pub(super) fn refused(message: impl Into<String>) -> TransportError {
    TransportError::new(Failure::Refused, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(network: &Network, in_clear: InClear) -> Result<(), String> {
        let applied = network.apply(reqwest::Client::builder(), in_clear);
        applied.map(drop).map_err(|error| error.to_string())
    }

    #[test]
    fn urls_of_proxies() {
        for (url, expected) in [
            ("http://proxy.example.com:3128", Ok(())),
            ("https://user:p%40ss@proxy.example.com", Ok(())),
            ("proxy.example.com:3128", Err("the proxy is no `http://` or `https://` one")),
            ("socks5://proxy.example.com", Err("the proxy is no `http://` or `https://` one")),
            ("http://", Err("the URL of the proxy is no URL: empty host")),
            ("http://proxy/path-s3cret", Err("the URL of the proxy has a path or a query")),
        ] {
            let found = apply(&Network::new().proxy(url), InClear::Nothing);
            assert_eq!(found, expected.map_err(str::to_owned), "{url}");
        }
    }

    #[test]
    fn credentials_in_the_clear_take_no_proxy() {
        let network = Network::new().proxy("http://127.0.0.1:3128");
        for in_clear in [InClear::Nothing, InClear::Requests, InClear::Tokens] {
            assert_eq!(apply(&network, in_clear), Ok(()));
        }
        let error = apply(&network, InClear::Credentials).expect_err("they would be read");
        assert!(error.contains("a proxy would read the credentials"), "{error}");
        assert_eq!(apply(&Network::new(), InClear::Credentials), Ok(()));
    }

    #[test]
    fn a_password_is_kept_out_of_texts_in_each_form() {
        let network = Network::new().proxy("http://user:p%40ss-word@127.0.0.1:3128");
        let secrets: Vec<_> =
            network.secrets().iter().map(|secret| secret.expose().to_owned()).collect();
        assert_eq!(secrets, ["p%40ss-word", "p@ss-word", "dXNlcjpwQHNzLXdvcmQ="]);
        assert!(!format!("{network:?}").contains("ss-word"));
    }
}
