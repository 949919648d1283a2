//! A transport that knows which requests will come.

use std::fmt;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::http::{Request, Response, Transport, TransportError};

/// A script of requests and what comes of them, in order.
///
/// A request that is not the next of the script panics, and so does dropping the transport while
/// requests of the script have not come: a test that passes has seen exactly these requests. A
/// request is written as its path and query string, without credentials; the base URL's host does
/// not count.
///
/// Pages come one after the other, however many could be on their way at once.
///
/// Nothing waits for a network, so a test can stop the clock: with
/// `#[tokio::test(start_paused = true)]` a retry after an hour takes no time.
///
/// ```
/// use std::sync::Arc;
///
/// use connector_runtime::http::Response;
/// use connector_runtime::prelude::*;
/// use connector_runtime::testing::ScriptedTransport;
///
/// #[derive(Connector)]
/// #[connector(base_url = "https://api.example.com", resources(Item))]
/// struct Shop {}
///
/// #[derive(Resource)]
/// #[resource(path = "/items", paginator = offset(limit = 2))]
/// struct Item {
///     #[column(primary_key)]
///     id: i64,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> connector_runtime::Result<()> {
/// let script = ScriptedTransport::new()
///     .on("/items?offset=0&limit=2", Response::new(200, r#"[{"id": 1}, {"id": 2}]"#))
///     .on("/items?offset=2&limit=2", Response::new(200, "[]"));
///
/// let mut items = Shop {}.rows::<Item>().transport(Arc::new(script));
/// let mut ids = Vec::new();
/// while let Some(item) = items.next().await {
///     ids.push(item?.id);
/// }
/// assert_eq!(ids, [1, 2]);
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
#[must_use = "a script that nothing runs is a failure"]
pub struct ScriptedTransport {
    script: Vec<(String, Answer)>,
    progress: Mutex<Progress>,
}

type Answer = Result<Response, TransportError>;

#[derive(Default)]
struct Progress {
    requests: Vec<Request>,
    /// An unexpected request came: what has not come since is no news.
    failed: bool,
}

impl ScriptedTransport {
    /// An empty script: any request is unexpected.
    pub fn new() -> Self {
        Self::default()
    }

    /// The next request, as in `"/items?offset=0&limit=2"`, and what comes of it.
    pub fn on(mut self, target: impl Into<String>, answer: impl Into<ScriptedAnswer>) -> Self {
        self.script.push((target.into(), answer.into().0));
        self
    }

    /// Every request that came, in order.
    pub fn requests(&self) -> Vec<Request> {
        self.progress().requests.clone()
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, request: &Request) -> Answer {
        let target = target(request);
        let mut progress = self.progress();
        progress.requests.push(request.clone());
        let number = progress.requests.len();
        match self.script.get(number - 1) {
            Some((expected, answer)) if *expected == target => answer.clone(),
            expected => {
                progress.failed = true;
                drop(progress);
                match expected {
                    Some((expected, _)) => {
                        panic!("request {number}: expected {expected}, found {target}")
                    }
                    None => panic!("request {number}: expected none, found {target}"),
                }
            }
        }
    }
}

/// What comes of a scripted request: a [`Response`] or a [`TransportError`].
#[derive(Debug)]
pub struct ScriptedAnswer(Answer);

impl From<Response> for ScriptedAnswer {
    fn from(response: Response) -> Self {
        Self(Ok(response))
    }
}

impl From<TransportError> for ScriptedAnswer {
    fn from(error: TransportError) -> Self {
        Self(Err(error))
    }
}

/// Path and query string.
fn target(request: &Request) -> String {
    let url = request.url();
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

impl Transport for ScriptedTransport {
    fn send<'a>(
        &'a self,
        request: &'a Request,
    ) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>> {
        Box::pin(ready(self.answer(request)))
    }

    fn is_in_order(&self) -> bool {
        true
    }
}

impl Drop for ScriptedTransport {
    fn drop(&mut self) {
        let progress = self.progress();
        let came = progress.requests.len();
        let Some((next, _)) = self.script.get(came) else { return };
        let quiet = progress.failed || std::thread::panicking();
        drop(progress);
        assert!(
            quiet,
            "{} of {} scripted requests did not come; the next is {next}",
            self.script.len() - came,
            self.script.len()
        );
    }
}

impl fmt::Debug for ScriptedTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedTransport")
            .field("requests", &self.progress().requests.len())
            .field("script", &self.script.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;
    use crate::http::Failure;
    use crate::spec::Method;

    fn request(target: &str) -> Request {
        let base = Url::parse("https://api.example.com").expect("a URL");
        Request::new(Method::Get, base.join(target).expect("a URL"))
    }

    fn ok() -> Response {
        Response::new(200, "[]")
    }

    #[test]
    fn answers_in_order_and_records() {
        let script = ScriptedTransport::new()
            .on("/a?x=1", ok())
            .on("/b", TransportError::new(Failure::Connect, "no"));
        assert_eq!(script.answer(&request("/a?x=1")).expect("an answer").status(), 200);
        let error = script.answer(&request("/b")).expect_err("a failure");
        assert_eq!(error.failure(), Failure::Connect);
        let paths: Vec<_> = script.requests().iter().map(|r| r.url().path().to_owned()).collect();
        assert_eq!(paths, ["/a", "/b"]);
    }

    #[test]
    #[should_panic(expected = "request 1: expected /a, found /b?c=d")]
    fn another_request_panics() {
        let _ = ScriptedTransport::new().on("/a", ok()).answer(&request("/b?c=d"));
    }

    #[test]
    #[should_panic(expected = "request 2: expected none, found /a")]
    fn a_request_too_many_panics() {
        let script = ScriptedTransport::new().on("/a", ok());
        let _ = script.answer(&request("/a"));
        let _ = script.answer(&request("/a"));
    }

    #[test]
    #[should_panic(expected = "1 of 2 scripted requests did not come; the next is /b")]
    fn a_request_that_does_not_come_panics() {
        let script = ScriptedTransport::new().on("/a", ok()).on("/b", ok());
        let _ = script.answer(&request("/a"));
    }
}
