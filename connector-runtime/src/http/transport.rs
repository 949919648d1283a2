//! [`Transport`]: one request, one response. The only file that speaks to the network.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use reqwest::redirect::Policy;

use super::request::{Request, Response};
use crate::spec::Method;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const MAX_REDIRECTS: usize = 5;

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
    limits: TransportLimits,
}

/// How long an answer may take and how large it may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TransportLimits {
    /// From the first byte of the request to the last of the answer.
    pub(crate) timeout: Duration,
    /// Without any byte of the answer.
    pub(crate) read_timeout: Duration,
    /// A body beyond so many bytes, unpacked, is refused rather than held in memory.
    pub(crate) max_body: u64,
}

impl HttpTransport {
    /// `user_agent` names the connector; `proxied`: a proxy that the environment names may carry
    /// the requests.
    pub(crate) fn new(
        user_agent: &str,
        limits: TransportLimits,
        proxied: bool,
    ) -> Result<Self, TransportError> {
        let client = reqwest::Client::builder();
        let client = if proxied { client } else { client.no_proxy() };
        let client = client
            .user_agent(user_agent)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(limits.timeout)
            .read_timeout(limits.read_timeout)
            // the client's own default sends the query string, and with it the key, along
            .referer(false)
            // it retries without a wait, and knows nothing of Retry-After
            .retry(reqwest::retry::never())
            .redirect(same_origin())
            .build()
            .map_err(|error| TransportError::new(Failure::Refused, describe(error)))?;
        Ok(Self { client, limits })
    }

    async fn exchange(&self, request: &Request) -> Result<Response, TransportError> {
        let headers = request
            .signed_headers()
            .map_err(|message| TransportError::new(Failure::Refused, message))?;
        let Method::Get = request.method();
        let started = Instant::now();
        let mut response = self
            .client
            .get(request.signed_url())
            .headers(headers)
            .send()
            .await
            .map_err(|error| self.explain(error, started))?;
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let body = self.body(response, started).await?;
        Ok(Response::from_parts(status, headers, body))
    }

    async fn body(
        &self,
        mut response: reqwest::Response,
        started: Instant,
    ) -> Result<Bytes, TransportError> {
        let mut first = Bytes::new();
        let mut rest = BytesMut::new();
        let mut length = 0_u64;
        while let Some(chunk) =
            response.chunk().await.map_err(|error| self.explain(error, started))?
        {
            length += chunk.len() as u64;
            if length > self.limits.max_body {
                let max = size(self.limits.max_body);
                return Err(TransportError::new(
                    Failure::Refused,
                    format!("the body is larger than the `max_body` of {max}"),
                ));
            }
            // a small body comes in one piece, which is then not copied
            if first.is_empty() {
                first = chunk;
                continue;
            }
            if rest.is_empty() {
                rest.extend_from_slice(&first);
            }
            rest.extend_from_slice(&chunk);
        }
        Ok(if rest.is_empty() { first } else { rest.freeze() })
    }

    fn explain(&self, error: reqwest::Error, started: Instant) -> TransportError {
        let TransportLimits { timeout, read_timeout, .. } = self.limits;
        let (failure, what) = if error.is_timeout() && error.is_connect() {
            (Failure::Timeout, format!("no connection within {} s", CONNECT_TIMEOUT.as_secs()))
        } else if error.is_timeout() && started.elapsed() < timeout {
            (Failure::Timeout, format!("nothing came for {} s", read_timeout.as_secs_f32()))
        } else if error.is_timeout() {
            (Failure::Timeout, format!("no complete answer within {} s", timeout.as_secs_f32()))
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

/// Bytes as one writes them in `max_body`.
fn size(bytes: u64) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match units.into_iter().find(|(unit, _)| bytes >= *unit && bytes.is_multiple_of(*unit)) {
        Some((unit, name)) => format!("{}{name}", bytes / unit),
        None => format!("{bytes}B"),
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
