//! [`Transport`]: one request, one response. The only file that speaks to the network.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::redirect::Policy;
use url::Url;

use super::origin::{Origins, Standing};
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
    origins: Origins,
}

impl HttpTransport {
    /// `user_agent` names the connector; `timeout` bounds a request from first byte to last;
    /// redirects lead to `origins` only. `proxied`: a proxy that the environment names may carry
    /// the requests.
    pub(crate) fn new(
        user_agent: &str,
        timeout: Duration,
        origins: Origins,
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
            .redirect(within(origins.clone()))
            .build()
            .map_err(|error| TransportError::new(Failure::Refused, describe(error)))?;
        Ok(Self { client, timeout, origins })
    }

    /// Follows redirects to trusted origins itself: the client would send every header along.
    async fn exchange(&self, request: &Request) -> Result<Response, TransportError> {
        let (mut response, mut url) = self.once(request).await?;
        for _ in 0..MAX_REDIRECTS {
            // a form holds credentials, and is nothing without them
            let redirected =
                (300..400).contains(&response.status()) && request.secret_form().is_none();
            let Some(target) = response.header("location").filter(|_| redirected) else { break };
            let Ok(target) = url.join(target) else { break };
            if self.origins.judge(&target) != Ok(Standing::Trusted) {
                break;
            }
            (response, url) = self.once(&request.to(target).without_credentials()).await?;
        }
        Ok(response)
    }

    /// The answer, and the URL that gave it.
    async fn once(&self, request: &Request) -> Result<(Response, Url), TransportError> {
        let headers = request
            .signed_headers()
            .map_err(|message| TransportError::new(Failure::Refused, message))?;
        let url = request.signed_url();
        let mut builder = match request.method() {
            Method::Get => self.client.get(url),
            Method::Post => self.client.post(url),
        };
        if let Some(form) = request.secret_form() {
            builder = builder.body(form.expose().to_owned());
        }
        let mut response =
            builder.headers(headers).send().await.map_err(|error| self.explain(error))?;
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let url = response.url().clone();
        let body = self.body(response).await?;
        Ok((Response::from_parts(status, headers, body, url.clone()), url))
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

/// Follows redirects within the origin only: credentials and custom headers go along.
fn within(origins: Origins) -> Policy {
    Policy::custom(move |attempt| {
        let same = attempt.previous().last().is_some_and(|l| l.origin() == attempt.url().origin());
        match origins.judge(attempt.url()) {
            Err(stranger) => attempt.error(stranger.message),
            Ok(Standing::Home) if same => match attempt.previous().len() > MAX_REDIRECTS {
                true => attempt.error("too many redirects"),
                false => attempt.follow(),
            },
            Ok(Standing::Home) => attempt.error("it leads back from a trusted origin"),
            Ok(Standing::Trusted) => attempt.stop(),
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

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread::{self, JoinHandle};

    use super::*;
    use crate::secret::Secret;

    /// A server for one request, which it returns.
    fn serve(answer: impl FnOnce() -> String + Send + 'static) -> (Url, JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let served = thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).expect("a request");
                head.push(byte[0]);
            }
            stream.write_all(answer().as_bytes()).expect("a reader");
            String::from_utf8(head).expect("text")
        });
        (Url::parse(&format!("http://{address}")).expect("a URL"), served)
    }

    fn redirect(to: &str) -> String {
        format!(
            "HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        )
    }

    #[tokio::test]
    async fn d15_a_redirect_to_a_trusted_origin_goes_without_credentials() {
        let ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n[]";
        let (trusted, file) = serve(move || ok.to_owned());
        let to = trusted.join("/file?signed=1").expect("a URL").to_string();
        let (home, list) = serve(move || redirect(&to));
        let origins = Origins::new(&home, &[trusted.as_str()]);
        let transport =
            HttpTransport::new("test", Duration::from_secs(10), origins, false).expect("a client");
        let mut request = Request::new(Method::Get, home.join("/list").expect("a URL"));
        request.push_header("x-team", "core".to_owned());
        request.push_secret_header("x-key", Secret::new("s3cret".to_owned()));
        request.push_secret_param("key", Secret::new("s3cret".to_owned()));
        let response = transport.exchange(&request).await.expect("an answer");
        assert_eq!((response.status(), &response.body()[..]), (200, &b"[]"[..]));
        assert_eq!(response.url().map(Url::path), Some("/file"));
        let (list, file) = (list.join().expect("served"), file.join().expect("served"));
        assert!(list.starts_with("GET /list?key=s3cret "), "{list}");
        assert!(list.contains("x-key: s3cret"), "{list}");
        assert!(file.starts_with("GET /file?signed=1 "), "{file}");
        assert!(file.contains("x-team: core") && !file.contains("s3cret"), "{file}");
    }
}
