//! Requests that get through: signed, tried again, given up.

mod gate;
mod judge;
mod stop;
mod tell;
mod wait;

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, debug};

use self::gate::{Gate, Pass};
use self::judge::{Failure, load};
pub(crate) use self::stop::Stop;
use self::tell::{REQUEST, span};
use crate::auth::{Auth, Auths, Generation, Grant, TokenServer};
use crate::error::{Error, ErrorKind};
use crate::http::{Redactor, Request, Response, Transport, TransportError};
use crate::rate::Limiter;
use crate::report::{Meter, Observer, WaitReason};
use crate::retry::{Verdict, Waits};
use crate::secret::Secret;
use crate::spec::{RateLimitSpec, ResponseRule, RetrySpec};

/// What is said of a refresh token whose exchange was not waited for.
const TOKEN_IN_DOUBT: &str = "the old refresh token may be used up: if the next run is refused, authorize again and configure a new one";

/// All requests to one API go through here.
#[derive(Debug)]
pub(crate) struct Client {
    transport: Arc<dyn Transport>,
    auth: Auths,
    retry: RetrySpec,
    gate: Gate,
    limiter: Mutex<Limiter>,
    /// Held by the one request whose turn is next: whoever waits behind it and is given up has
    /// not used up a turn.
    turn: tokio::sync::Mutex<()>,
    /// The limiter's times are counted from here.
    opened: Instant,
    redactor: Redactor,
    stop: Arc<Stop>,
    /// The API was given up: nothing more is sent.
    halted: AtomicBool,
}

/// How an API wants to be asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    pub(crate) retry: RetrySpec,
    pub(crate) rate_limit: Option<RateLimitSpec>,
    /// Requests on their way at once, to begin with.
    pub(crate) max_concurrency: usize,
}

/// On whose behalf a request is sent.
pub(crate) struct Call<'a> {
    pub(crate) resource: &'static str,
    /// The path as it was declared, with the names of what stands in it.
    pub(crate) template: &'static str,
    /// Counted from 1.
    pub(crate) page: u64,
    /// What responses mean.
    pub(crate) rules: &'a [ResponseRule],
    pub(crate) meter: &'a Meter,
    pub(crate) observer: &'a dyn Observer,
    /// Nobody has asked for the answer yet: it is tried once, and what goes wrong gives up neither
    /// the API nor the credentials.
    pub(crate) ahead: bool,
}

/// What comes of a request that did not fail.
#[derive(Debug)]
pub(crate) enum Answer {
    /// To be ignored, as a rule says; how the API answered.
    Ignored(String),
    /// A page.
    Page(Response),
    /// To end the scan, as a rule says; how the API answered.
    Stopped(String),
}

/// Whom a request is for.
#[derive(Clone, Copy)]
enum To {
    Api,
    TokenServer(Grant),
}

/// The way to the token server, on behalf of one call.
struct Tokens<'a, 'b> {
    client: &'a Client,
    call: &'a mut Call<'b>,
}

impl Client {
    pub(crate) fn new(
        transport: Arc<dyn Transport>,
        auth: Auths,
        policy: Policy,
        redactor: Redactor,
        cancel: CancellationToken,
        max_run_time: Option<Duration>,
    ) -> Self {
        let opened = Instant::now();
        let Policy { retry, rate_limit, max_concurrency } = policy;
        let longest = Duration::from_millis(retry.max_delay_ms);
        Self {
            transport,
            auth,
            retry,
            gate: Gate::new(max_concurrency),
            limiter: Mutex::new(Limiter::new(rate_limit, longest)),
            turn: tokio::sync::Mutex::default(),
            opened,
            redactor,
            stop: Arc::new(Stop::new(cancel, opened, max_run_time)),
            halted: AtomicBool::new(false),
        }
    }

    /// Whether the API was given up, or the credentials of this resource were.
    pub(crate) fn is_halted(&self, resource: &str) -> bool {
        self.halted.load(Ordering::Relaxed) || self.auth.of(resource).is_given_up()
    }

    /// Sends nothing more, and waits for no answer but one that alone holds the next token.
    pub(crate) fn stop(&self) {
        self.stop.end();
    }

    /// The query parameter that carries the credential of a resource.
    pub(crate) fn key_param(&self, resource: &str) -> Option<&'static str> {
        self.auth.of(resource).key_param()
    }

    /// How many requests may be on their way at once, as things stand.
    pub(crate) fn concurrency(&self) -> usize {
        self.gate.limit()
    }

    /// Takes what a server sent, secrets included, out of an error.
    pub(crate) fn clean(&self, error: Error) -> Error {
        error.clean(|text| self.clean_text(text))
    }

    /// Takes secrets out of a text that a server sent.
    pub(crate) fn clean_text(&self, text: &str) -> String {
        self.redactor.clean(text)
    }

    /// Signs and sends a request until it succeeds or the retries are used up.
    ///
    /// # Errors
    ///
    /// When the run is told to stop, the API answers with a failure, or does not answer. After
    /// the last retry nothing more is sent to the API, and when the credentials are not accepted (401)
    /// nothing more with them; another failure concerns the one request only.
    pub(crate) async fn send(&self, request: Request, mut call: Call<'_>) -> Result<Answer, Error> {
        self.tries(&request, &mut call, To::Api).await
    }

    async fn tries(&self, request: &Request, call: &mut Call<'_>, to: To) -> Result<Answer, Error> {
        let mut waits = Waits::new(&self.retry);
        let mut started = None;
        let mut replaced = false;
        for attempt in 1.. {
            self.not_halted(call)?;
            let pass = match to {
                To::Api => Some(self.admit(request, call).await?),
                To::TokenServer(_) => None,
            };
            // signed anew each time: a signature may hold the time, a token may have ended
            let mut signed = request.clone();
            signed.begin_signature();
            let token = match to {
                To::Api if request.may_be_signed() => self.sign(&mut signed, call).await?,
                To::Api | To::TokenServer(_) => None,
            };
            // the time of the first turn's wait is not the API's
            let started = *started.get_or_insert_with(Instant::now);
            call.meter.count(attempt > 1);
            let span = span(&signed, to, call, attempt);
            let answer = self.exchange(&signed, to).instrument(span.clone()).await?;
            self.tell(request, &answer, to, call, &span);
            if let Some(pass) = pass {
                pass.leave(load(answer.as_ref().ok()));
            }
            let mut failure = match answer {
                Ok(response)
                    if response.status() == 401
                        && !replaced
                        && self.auth.of(call.resource).replace(token) =>
                {
                    debug!(target: REQUEST, resource = call.resource, page = call.page, "the token was refused");
                    replaced = true;
                    continue;
                }
                Ok(response) => match self.judge(response, to, call.rules) {
                    Ok(answer) => return Ok(answer),
                    Err(failure) => failure,
                },
                Err(error) => Failure::of_transport(&error, to),
            };
            if !request.may_be_signed() {
                // a host of files speaks for itself, not for the API
                failure.hopeless = false;
                failure.help = None;
            }
            let verdict = match failure.retryable {
                _ if call.ahead => Verdict::Exhausted,
                true => waits.next(failure.retry_after, started.elapsed()),
                false => Verdict::Exhausted,
            };
            match verdict {
                Verdict::Wait(wait) => {
                    self.wait_to_try_again(&failure, wait, attempt, call).await?
                }
                end => {
                    if failure.hopeless && !call.ahead {
                        self.close(&failure, to, call.resource);
                    }
                    let error = failure.give_up(end, attempt);
                    return Err(self.clean(error.with_request(call.page, request)));
                }
            }
        }
        unreachable!("BUG: the retries are limited")
    }

    /// Waits until a request may go: a token is there, the API bears one more, its turn has come.
    async fn admit(&self, request: &Request, call: &mut Call<'_>) -> Result<Pass<'_>, Error> {
        // first: a turn that waits for a slow token server is lost
        if request.may_be_signed() {
            self.prepare(request, call).await?;
        }
        let pass = self.stop.unless_told(self.gate.enter()).await?;
        self.wait_for_turn(call).await?;
        self.not_halted(call)?;
        Ok(pass)
    }

    async fn exchange(
        &self,
        signed: &Request,
        to: To,
    ) -> Result<Result<Response, TransportError>, Error> {
        let sending = self.transport.send(signed);
        match to {
            // an answer that nobody reads would lose what it alone holds
            To::TokenServer(grant) if grant.is_answered_once() => {
                let answer = self.stop.in_grace("the exchange of the refresh token", sending).await;
                answer.map_err(|error| error.with_help(TOKEN_IN_DOUBT))
            }
            _ => self.stop.unless_told(sending).await,
        }
    }

    /// Nothing more is sent: to the API, or with these credentials. What others open is not lost.
    fn close(&self, failure: &Failure, to: To, resource: &str) {
        match (to, failure.kind) {
            (To::TokenServer(_), _) | (_, ErrorKind::Auth) => self.auth.of(resource).give_up(),
            _ => self.halted.store(true, Ordering::Relaxed),
        }
    }

    fn not_halted(&self, call: &Call<'_>) -> Result<(), Error> {
        match self.is_halted(call.resource) {
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
        let (auth, ahead) = (self.auth.of(call.resource), call.ahead);
        let mut server = Tokens { client: self, call };
        let signed = auth.sign(request, &mut server).await;
        signed.map_err(|error| self.unsigned(auth, ahead, error))
    }

    /// Asks for a token, if one is needed and there is none.
    async fn prepare(&self, request: &Request, call: &mut Call<'_>) -> Result<(), Error> {
        let (auth, ahead) = (self.auth.of(call.resource), call.ahead);
        if ahead && !auth.is_ready() {
            return Err(no_token_ahead());
        }
        let mut server = Tokens { client: self, call };
        let prepared = auth.prepare(request, &mut server).await;
        prepared.map_err(|error| self.unsigned(auth, ahead, error))
    }

    fn unsigned(&self, auth: &Auth, ahead: bool, error: Error) -> Error {
        if error.kind() != ErrorKind::Interrupted && !ahead {
            auth.give_up();
        }
        self.clean(error)
    }

    /// When the run is to end: for those whose work is waited for a while then.
    pub(crate) fn bound(&self) -> Arc<Stop> {
        self.stop.clone()
    }

    fn limiter(&self) -> MutexGuard<'_, Limiter> {
        self.limiter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TokenServer for Tokens<'_, '_> {
    fn ask<'a>(
        &'a mut self,
        request: &'a Request,
        grant: Grant,
    ) -> Pin<Box<dyn Future<Output = Result<Response, Error>> + Send + 'a>> {
        Box::pin(async move {
            if self.call.ahead {
                return Err(no_token_ahead());
            }
            match self.client.tries(request, self.call, To::TokenServer(grant)).await? {
                Answer::Page(response) => Ok(response),
                Answer::Ignored(_) | Answer::Stopped(_) => {
                    unreachable!("BUG: rules are for the API")
                }
            }
        })
    }

    fn wait<'a>(
        &'a mut self,
        wait: Duration,
        reason: &'static str,
    ) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>> {
        Box::pin(self.client.wait(wait, WaitReason::Token, reason, self.call))
    }

    fn learn(&self, secret: &Secret) {
        self.client.redactor.learn(secret);
    }

    fn learn_signature(&self, part: &Secret) {
        self.client.redactor.learn_signature(part);
    }

    fn refuse(&self, error: Error, request: &Request) -> Error {
        error.with_request(self.call.page, request)
    }
}

/// What was asked ahead may be given up at any moment, and with it an answer that holds the only
/// good token: it leaves that to others.
fn no_token_ahead() -> Error {
    Error::new(ErrorKind::Auth, "there is no token to ask ahead with")
}
