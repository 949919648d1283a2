//! Requests that get through: signed, tried again, given up.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::auth::Auth;
use crate::decode::beginning;
use crate::error::{Error, ErrorKind};
use crate::http::{Redactor, Request, Response, Transport};
use crate::report::{Event, Observer, Traffic};
use crate::retry::{self, Verdict, Waits};
use crate::spec::RetrySpec;

/// All requests to one API go through here.
#[derive(Debug)]
pub(crate) struct Client {
    transport: Arc<dyn Transport>,
    auth: Auth,
    retry: RetrySpec,
    redactor: Redactor,
    cancel: CancellationToken,
    /// The API was given up: nothing more is sent.
    halted: AtomicBool,
}

/// On whose behalf a request is sent.
pub(crate) struct Call<'a> {
    pub(crate) resource: &'static str,
    /// Counted from 1.
    pub(crate) page: u64,
    pub(crate) traffic: &'a mut Traffic,
    pub(crate) observer: &'a dyn Observer,
}

/// Why a try failed.
struct Failure {
    kind: ErrorKind,
    message: String,
    retryable: bool,
    /// No other request to the API would go better.
    hopeless: bool,
    retry_after: Option<Duration>,
    help: Option<&'static str>,
}

impl Client {
    pub(crate) fn new(
        transport: Arc<dyn Transport>,
        auth: Auth,
        retry: RetrySpec,
        redactor: Redactor,
        cancel: CancellationToken,
    ) -> Self {
        Self { transport, auth, retry, redactor, cancel, halted: AtomicBool::new(false) }
    }

    /// Whether the API was given up.
    pub(crate) fn is_halted(&self) -> bool {
        self.halted.load(Ordering::Relaxed)
    }

    /// Takes what a server sent, secrets included, out of an error.
    pub(crate) fn clean(&self, error: Error) -> Error {
        error.clean(|text| self.redactor.clean(text))
    }

    /// Signs and sends a request until it succeeds or the retries are used up.
    ///
    /// # Errors
    ///
    /// When the run is told to stop, the API answers with a failure, or does not answer. After
    /// the last retry, and when the credentials are not accepted (401), nothing more is sent to the
    /// API; another failure concerns the one request only.
    pub(crate) async fn send(
        &self,
        mut request: Request,
        call: Call<'_>,
    ) -> Result<Response, Error> {
        if request.may_be_signed() {
            self.auth.sign(&mut request);
        }
        let mut waits = Waits::new(&self.retry);
        for attempt in 1.. {
            if self.is_halted() {
                return Err(Error::new(ErrorKind::Status, "the API was given up before"));
            }
            call.traffic.requests += 1;
            call.traffic.retries += u64::from(attempt > 1);
            let answer = self.unless_cancelled(self.transport.send(&request)).await?;
            let failure = match answer {
                Ok(response) if (200..300).contains(&response.status()) => return Ok(response),
                Ok(response) => self.judge(&response),
                Err(error) => Failure {
                    kind: ErrorKind::Transport,
                    message: error.to_string(),
                    retryable: error.is_retryable(),
                    hopeless: error.is_retryable(),
                    retry_after: None,
                    help: None,
                },
            };
            let verdict = match failure.retryable {
                true => waits.next(failure.retry_after),
                false => Verdict::Exhausted,
            };
            let reason = self.redactor.clean(&failure.message);
            match verdict {
                Verdict::Wait(wait) => {
                    warn!(
                        resource = call.resource,
                        page = call.page,
                        attempt,
                        ?wait,
                        "{reason}; trying again"
                    );
                    let resource = call.resource;
                    call.observer.event(&Event::Waiting { resource, wait, reason: &reason });
                    self.unless_cancelled(tokio::time::sleep(wait)).await?;
                }
                end => {
                    let error = self.give_up(failure, end, attempt);
                    return Err(self.clean(error.with_request(call.page, &request)));
                }
            }
        }
        unreachable!("BUG: the retries are limited")
    }

    async fn unless_cancelled<T>(&self, work: impl Future<Output = T>) -> Result<T, Error> {
        self.cancel
            .run_until_cancelled(work)
            .await
            .ok_or_else(|| Error::new(ErrorKind::Interrupted, "told to stop"))
    }

    /// What an answer that is no success means.
    fn judge(&self, response: &Response) -> Failure {
        let status = response.status();
        let name = reason_phrase(status);
        let said = match beginning(response.body()) {
            text if text.is_empty() => text,
            text => format!(": {text}"),
        };
        let retry_after =
            response.header("retry-after").and_then(|v| retry::retry_after(v, SystemTime::now()));
        let retryable = retry::is_retryable(&self.retry, status);
        let (kind, help) = match status {
            401 => (ErrorKind::Auth, Some("the credential is missing, wrong or expired")),
            403 => (ErrorKind::Auth, Some("the credential is known but may not read this")),
            404 => (ErrorKind::Status, Some("check the base URL and the path")),
            _ => (ErrorKind::Status, None),
        };
        Failure {
            kind,
            message: format!("the API answered {status}{name}{said}"),
            retryable,
            hopeless: retryable || status == 401,
            retry_after,
            help,
        }
    }

    fn give_up(&self, failure: Failure, verdict: Verdict, attempts: u32) -> Error {
        if failure.hopeless {
            self.halted.store(true, Ordering::Relaxed);
        }
        let tries = match attempts {
            1 => String::new(),
            n => format!(", the last of {n} tries"),
        };
        let asked = match verdict {
            Verdict::TooLong(wait) => format!(
                "; it asks for a wait of {} s, which is longer than `max_delay`",
                wait.as_secs()
            ),
            _ => String::new(),
        };
        let error = Error::new(failure.kind, format!("{}{tries}{asked}", failure.message));
        match failure.help {
            Some(help) => error.with_help(help),
            None => error,
        }
    }
}

/// The name of a status, with a space before it.
fn reason_phrase(status: u16) -> &'static str {
    match status {
        301 | 302 | 303 | 307 | 308 => " (a redirect)",
        400 => " Bad Request",
        401 => " Unauthorized",
        403 => " Forbidden",
        404 => " Not Found",
        405 => " Method Not Allowed",
        410 => " Gone",
        422 => " Unprocessable Content",
        429 => " Too Many Requests",
        500 => " Internal Server Error",
        502 => " Bad Gateway",
        503 => " Service Unavailable",
        504 => " Gateway Timeout",
        _ => "",
    }
}
