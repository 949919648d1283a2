//! [`Transport`]: one request, one response. The only file that speaks to the network.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use reqwest::redirect::Policy;
use url::Url;

use super::failure::{Failure, TransportError};
use super::network::{InClear, Network};
use super::origin::{Origins, Standing};
use super::request::{Request, Response};
use super::resolve::{self, Guard, Guarded};
use super::tls;
use crate::spec::Method;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const MAX_REDIRECTS: usize = 5;
/// What to do about a header that HTTP does not allow.
const WRONG_HEADER: &str =
    "look at where it comes from: has a variable or a file a line break at its end?";
/// Memory that a server gets by announcing a body, in bytes; for more of it, bytes have to come.
const MAX_AT_ONCE: u64 = 1 << 20;

/// Sends one request and reads the whole answer.
///
/// The transport of the runtime is an HTTP client; tests can put a script in its place.
pub trait Transport: fmt::Debug + Send + Sync {
    /// Sends `request`. An answer of any status is an `Ok`.
    fn send<'a>(
        &'a self,
        request: &'a Request,
    ) -> Pin<Box<dyn Future<Output = Result<Response, TransportError>> + Send + 'a>>;

    /// Whether each request must wait for the answer to the one before: for transports that
    /// answer in the order of a script.
    fn is_in_order(&self) -> bool {
        false
    }
}

/// The HTTP client.
#[derive(Debug)]
pub(crate) struct HttpTransport {
    client: reqwest::Client,
    /// The system knows an authority that certifies servers.
    knows_authorities: bool,
    limits: TransportLimits,
    origins: Origins,
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
    /// `user_agent` names the connector; redirects lead to `origins` only.
    pub(crate) fn new(
        user_agent: &str,
        limits: TransportLimits,
        origins: Origins,
        network: &Network,
        in_clear: InClear,
    ) -> Result<Self, TransportError> {
        let (client, knows_authorities) = tls::build(|| {
            let mut client = network.apply(reqwest::Client::builder(), in_clear)?;
            if let Some(guard) = Guard::new(&origins) {
                client = client.dns_resolver(Guarded(guard));
            }
            Ok(client
                .user_agent(user_agent)
                .connect_timeout(CONNECT_TIMEOUT)
                .timeout(limits.timeout)
                .read_timeout(limits.read_timeout)
                // the client's own default sends the query string, and with it the key, along
                .referer(false)
                // it retries without a wait, and knows nothing of Retry-After
                .retry(reqwest::retry::never())
                .redirect(within(origins.clone())))
        })?;
        Ok(Self { client, knows_authorities, limits, origins })
    }

    /// Follows redirects to trusted origins itself: the client would send every header along.
    async fn exchange(&self, request: &Request) -> Result<Response, TransportError> {
        let (mut response, mut url) = self.once(request).await?;
        for _ in 0..MAX_REDIRECTS {
            // such a body holds credentials, and is nothing without them
            let redirected =
                (300..400).contains(&response.status()) && request.secret_body().is_none();
            let Some(target) = response.header("location").filter(|_| redirected) else { break };
            let Ok(target) = url.join(target) else { break };
            if self.origins.judge(&target) != Ok(Standing::Trusted) {
                break;
            }
            if !may_be_redirected(request) {
                return Err(lost_by_redirect(request, &target));
            }
            (response, url) = self.once(&request.to(target).without_credentials()).await?;
        }
        Ok(response)
    }

    /// The answer, and the URL that gave it.
    async fn once(&self, request: &Request) -> Result<(Response, Url), TransportError> {
        let headers = request.signed_headers().map_err(|message| {
            TransportError::new(Failure::Refused, message).with_help(WRONG_HEADER)
        })?;
        let url = request.signed_url();
        let asked = url.clone();
        let mut builder = self.client.request(method(request.method()), url);
        if let Some(body) = request.secret_body() {
            builder = builder.body(body.expose().to_owned());
        } else if let Some(body) = request.body() {
            builder = builder.body(body);
        }
        let started = Instant::now();
        let mut response =
            builder.headers(headers).send().await.map_err(|error| self.explain(error, started))?;
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let url = response.url().clone();
        if url != asked && !may_be_redirected(request) {
            return Err(lost_by_redirect(request, &url));
        }
        let body = self.body(response, started).await?;
        Ok((Response::from_parts(status, headers, body, url.clone()), url))
    }

    async fn body(
        &self,
        mut response: reqwest::Response,
        started: Instant,
    ) -> Result<Bytes, TransportError> {
        let announced = response.content_length().unwrap_or_default().min(MAX_AT_ONCE);
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
                rest.reserve(announced as usize);
                rest.extend_from_slice(&first);
            }
            rest.extend_from_slice(&chunk);
        }
        Ok(if rest.is_empty() { first } else { rest.freeze() })
    }

    fn explain(&self, error: reqwest::Error, started: Instant) -> TransportError {
        let TransportLimits { timeout, read_timeout, .. } = self.limits;
        if let Some(error) = final_failure(&error) {
            return match self.knows_authorities {
                true => error,
                false => tls::without_authorities(error),
            };
        }
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

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Delete => reqwest::Method::DELETE,
        Method::Get => reqwest::Method::GET,
        Method::Patch => reqwest::Method::PATCH,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
    }
}

/// A redirect may turn a `POST` into a `GET` without its body (RFC 9110, 15.4), whose answer then
/// is not that of the query. A request for a token has its own rules.
fn may_be_redirected(request: &Request) -> bool {
    request.method() == Method::Get || request.secret_form().is_some()
}

fn lost_by_redirect(request: &Request, to: &Url) -> TransportError {
    let method = request.method();
    TransportError::new(
        Failure::Refused,
        format!(
            "a {} request was redirected to `{}`, which may have lost its method and body; write where it leads to",
            method.as_str(),
            to.path()
        ),
    )
}

/// Bytes as one writes them in `max_body`.
fn size(bytes: u64) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match units.into_iter().find(|(unit, _)| bytes >= *unit && bytes.is_multiple_of(*unit)) {
        Some((unit, name)) => format!("{}{name}", bytes / unit),
        None => format!("{bytes}B"),
    }
}

/// Follows redirects within the origin only: credentials and custom headers go along. A token
/// server is at home at its own origin, whatever that of the API is.
fn within(api: Origins) -> Policy {
    Policy::custom(move |attempt| {
        let first = attempt.previous().first();
        let of_token_server = first.filter(|url| api.judge(url).is_err());
        let origins = match of_token_server {
            Some(url) => &Origins::new(url, &[]),
            None => &api,
        };
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

/// A failure that another try would not mend: a certificate, a name that leads astray.
pub(super) fn final_failure(error: &reqwest::Error) -> Option<TransportError> {
    if error.is_redirect() || error.is_body() || error.is_decode() {
        return None;
    }
    let cause = innermost(error);
    if cause.starts_with(resolve::REFUSED) {
        return Some(TransportError::new(Failure::Refused, cause));
    }
    let (what, help) = tls::meaning(&cause)?;
    Some(TransportError::new(Failure::Refused, format!("{what} ({cause})")).with_help(help))
}

/// The innermost cause, without the URL that the client's own text would show.
pub(super) fn describe(error: reqwest::Error) -> String {
    innermost(&error.without_url())
}

fn innermost(error: &reqwest::Error) -> String {
    let Some(mut cause) = std::error::Error::source(error) else {
        return "no further cause is known".to_owned();
    };
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
        let ten = Duration::from_secs(10);
        let limits = TransportLimits { timeout: ten, read_timeout: ten, max_body: 1 << 20 };
        let transport =
            HttpTransport::new("test", limits, origins, &Network::new(), InClear::Requests)
                .expect("a client");
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
