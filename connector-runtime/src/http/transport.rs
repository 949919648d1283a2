//! [`Transport`]: one request, one response. The only file that speaks to the network.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::redirect::Policy;

use super::request::{Request, Response};
use crate::spec::Method;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const MAX_REDIRECTS: usize = 5;
/// A body beyond this is refused rather than held in memory.
const MAX_BODY: usize = 512 << 20;

/// Sends one request and reads the whole answer.
///
/// The transport of the runtime is an HTTP client; tests can put a script in its place.
pub trait Transport: fmt::Debug + Send + Sync {
    /// Sends `request`. An answer of any status is an `Ok`.
    fn send<'a>(
        &'a self,
        request: &'a Request,
    ) -> Pin<Box<dyn Future<Output = Result<Response, TransportError>> + Send + 'a>>;
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// The body ended early or could not be unpacked.
    Body,
    /// No connection.
    Connect,
    /// Something that another try would not change.
    Refused,
    /// The connection broke before the answer.
    Send,
    /// Too late.
    Timeout,
}

/// Why there is no answer, with a text that holds no URL.
#[derive(Clone, Debug)]
pub struct TransportError {
    failure: Failure,
    message: String,
}

impl TransportError {
    /// A failure and its explanation.
    pub fn new(failure: Failure, message: impl Into<String>) -> Self {
        Self { failure, message: message.into() }
    }

    /// Whether another try could go better.
    pub fn is_retryable(&self) -> bool {
        self.failure != Failure::Refused
    }

    /// What failed.
    pub fn failure(&self) -> Failure {
        self.failure
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// The HTTP client.
#[derive(Debug)]
pub(crate) struct HttpTransport {
    client: reqwest::Client,
    timeout: Duration,
}

impl HttpTransport {
    /// `user_agent` names the connector; `timeout` bounds a request from first byte to last;
    /// `proxied`: a proxy that the environment names may carry the requests.
    pub(crate) fn new(
        user_agent: &str,
        timeout: Duration,
        proxied: bool,
    ) -> Result<Self, TransportError> {
        let client = reqwest::Client::builder();
        let client = if proxied { client } else { client.no_proxy() };
        let client = client
            .user_agent(user_agent)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(timeout)
            // the client's own default sends the query string, and with it the key, along
            .referer(false)
            // it retries without a wait, and knows nothing of Retry-After
            .retry(reqwest::retry::never())
            .redirect(same_origin())
            .build()
            .map_err(|error| TransportError::new(Failure::Refused, describe(error)))?;
        Ok(Self { client, timeout })
    }

    async fn exchange(&self, request: &Request) -> Result<Response, TransportError> {
        let headers = request
            .signed_headers()
            .map_err(|message| TransportError::new(Failure::Refused, message))?;
        let Method::Get = request.method();
        let mut response = self
            .client
            .get(request.signed_url())
            .headers(headers)
            .send()
            .await
            .map_err(|error| self.explain(error))?;
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let body = self.body(response).await?;
        Ok(Response::from_parts(status, headers, body))
    }

    async fn body(&self, mut response: reqwest::Response) -> Result<Bytes, TransportError> {
        let mut first = Bytes::new();
        let mut rest = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.explain(error))? {
            // a small body comes in one piece, which is then not copied
            if first.is_empty() {
                first = chunk;
                continue;
            }
            if rest.is_empty() {
                rest.extend_from_slice(&first);
            }
            rest.extend_from_slice(&chunk);
            if rest.len() > MAX_BODY {
                return Err(TransportError::new(
                    Failure::Refused,
                    format!("the body is larger than {} MiB", MAX_BODY >> 20),
                ));
            }
        }
        Ok(if rest.is_empty() { first } else { rest.freeze() })
    }

    fn explain(&self, error: reqwest::Error) -> TransportError {
        let (failure, what) = if error.is_timeout() && error.is_connect() {
            (Failure::Timeout, format!("no connection within {} s", CONNECT_TIMEOUT.as_secs()))
        } else if error.is_timeout() {
            (
                Failure::Timeout,
                format!("no complete answer within {} s", self.timeout.as_secs_f32()),
            )
        } else if error.is_connect() {
            (Failure::Connect, "no connection".to_owned())
        } else if error.is_redirect() {
            (Failure::Refused, "the redirect was not followed".to_owned())
        } else if error.is_body() || error.is_decode() {
            (Failure::Body, "the body was cut short".to_owned())
        } else if error.is_builder() {
            (Failure::Refused, "the request could not be built".to_owned())
        } else {
            (Failure::Send, "the connection broke".to_owned())
        };
        TransportError::new(failure, format!("{what} ({})", describe(error)))
    }
}

impl Transport for HttpTransport {
    fn send<'a>(
        &'a self,
        request: &'a Request,
    ) -> Pin<Box<dyn Future<Output = Result<Response, TransportError>> + Send + 'a>> {
        Box::pin(self.exchange(request))
    }
}

/// Follows redirects within the origin only: credentials and custom headers would go along.
fn same_origin() -> Policy {
    Policy::custom(|attempt| {
        let Some(last) = attempt.previous().last() else { return attempt.follow() };
        if last.origin() != attempt.url().origin() {
            let text = format!(
                "it leads to another origin, {}",
                attempt.url().origin().ascii_serialization()
            );
            attempt.error(text)
        } else if attempt.previous().len() > MAX_REDIRECTS {
            attempt.error("too many redirects")
        } else {
            attempt.follow()
        }
    })
}

/// The innermost cause, without the URL that the client's own text would show.
fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
