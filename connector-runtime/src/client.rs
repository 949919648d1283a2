//! Requests that get through: signed, tried again, given up.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::auth::{Auth, Generation, Refusal, TokenServer};
use crate::decode::beginning;
use crate::error::{Error, ErrorKind};
use crate::http::{Redactor, Request, Response, Transport};
use crate::report::{Event, Observer, Traffic};
use crate::retry::{self, Verdict, Waits};
use crate::secret::Secret;
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

/// Whom a request is for.
#[derive(Clone, Copy)]
enum To {
    Api,
    TokenServer,
}

/// The way to the token server, on behalf of one call.
struct Tokens<'a, 'b> {
    client: &'a Client,
    call: &'a mut Call<'b>,
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
        request: Request,
        mut call: Call<'_>,
    ) -> Result<Response, Error> {
        self.tries(&request, &mut call, To::Api).await
    }

    async fn tries(
        &self,
        request: &Request,
        call: &mut Call<'_>,
        to: To,
    ) -> Result<Response, Error> {
        let mut waits = Waits::new(&self.retry);
        let mut replaced = false;
        for attempt in 1.. {
            self.not_halted()?;
            // signed anew each time: a signature may hold the time, a token may have ended
            let mut signed = request.clone();
            let token = match to {
                To::Api if request.may_be_signed() => self.sign(&mut signed, call).await?,
                To::Api | To::TokenServer => None,
            };
            call.traffic.requests += 1;
            call.traffic.retries += u64::from(attempt > 1);
            let answer = self.unless_cancelled(self.transport.send(&signed)).await?;
            let failure = match answer {
                Ok(response) if (200..300).contains(&response.status()) => return Ok(response),
                Ok(response)
                    if response.status() == 401 && !replaced && self.auth.replace(token) =>
                {
                    debug!(resource = call.resource, page = call.page, "the token was refused");
                    replaced = true;
                    continue;
                }
                Ok(response) => match to {
                    To::Api => self.judge(&response),
                    To::TokenServer => self.judge_token_server(&response),
                },
                Err(error) => Failure {
                    kind: ErrorKind::Transport,
                    message: match to {
                        To::Api => error.to_string(),
                        To::TokenServer => format!("the token server: {error}"),
                    },
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
                    return Err(self.clean(error.with_request(call.page, request)));
                }
            }
        }
        unreachable!("BUG: the retries are limited")
    }

    fn not_halted(&self) -> Result<(), Error> {
        match self.is_halted() {
            true => Err(Error::new(ErrorKind::Status, "the API was given up before")),
            false => Ok(()),
        }
    }

    /// Adds the credentials, which may have to be asked for first. Without them nothing is sent.
    async fn sign(
        &self,
        request: &mut Request,
        call: &mut Call<'_>,
    ) -> Result<Option<Generation>, Error> {
        let mut server = Tokens { client: self, call };
        let signed = self.unless_cancelled(self.auth.sign(request, &mut server)).await?;
        signed.map_err(|error| {
            if error.kind() != ErrorKind::Interrupted {
                self.halted.store(true, Ordering::Relaxed);
            }
            self.clean(error)
        })
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

    /// What an answer of the token server means that is no success.
    fn judge_token_server(&self, response: &Response) -> Failure {
        let failure = self.judge(response);
        let status = response.status();
        let name = reason_phrase(status);
        let refusal = Refusal::read(response.body());
        let said = match &refusal {
            Some(Refusal { code, description: Some(text) }) => format!(": `{code}`, {text}"),
            Some(Refusal { code, description: None }) => format!(": `{code}`"),
            None => match beginning(response.body()) {
                text if text.is_empty() => text,
                text => format!(": {text}"),
            },
        };
        let final_answer = refusal.as_ref().is_some_and(Refusal::is_final);
        Failure {
            kind: if final_answer { ErrorKind::Auth } else { failure.kind },
            message: format!("the token server answered {status}{name}{said}"),
            // a setting to mend is no better a second later
            retryable: failure.retryable && !final_answer,
            hopeless: true,
            retry_after: failure.retry_after,
            help: match refusal {
                Some(refusal) => refusal.help(),
                None if status == 404 => Some("check `token_url`"),
                None => None,
            },
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

impl TokenServer for Tokens<'_, '_> {
    fn ask<'a>(
        &'a mut self,
        request: &'a Request,
    ) -> Pin<Box<dyn Future<Output = Result<Response, Error>> + Send + 'a>> {
        Box::pin(self.client.tries(request, self.call, To::TokenServer))
    }

    fn learn(&self, secret: &Secret) {
        self.client.redactor.learn(secret);
    }

    fn refuse(&self, error: Error, request: &Request) -> Error {
        error.with_request(self.call.page, request)
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
