//! What answers mean, and what is said of those that are no success.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use super::{Answer, Client, To};
use crate::auth::{Grant, Refusal};
use crate::decode::{beginning, value_at};
use crate::error::{Error, ErrorKind};
use crate::http::{Response, TransportError};
use crate::rate::{self, Load, Quota};
use crate::response;
use crate::retry::{self, Verdict};
use crate::spec::{ResponseAction, ResponseRule};

/// Why a try failed.
pub(super) struct Failure {
    pub(super) kind: ErrorKind,
    /// How the API answered, if it did.
    pub(super) status: Option<u16>,
    pub(super) message: String,
    pub(super) retryable: bool,
    /// No other request to the API would go better.
    pub(super) hopeless: bool,
    pub(super) retry_after: Option<Duration>,
    pub(super) help: Option<Cow<'static, str>>,
}

impl Failure {
    /// There was no answer.
    pub(super) fn of_transport(error: &TransportError, to: To) -> Self {
        Self {
            kind: ErrorKind::Transport,
            status: None,
            message: match to {
                To::Api => error.to_string(),
                To::TokenServer(grant) => format!("{}: {error}", grant.server()),
            },
            retryable: error.is_retryable(),
            hopeless: error.is_retryable(),
            retry_after: None,
            help: error.help().map(Cow::Borrowed),
        }
    }

    /// What is said of a request that will not be tried again.
    pub(super) fn give_up(self, verdict: Verdict, attempts: u32) -> Error {
        let tries = match attempts {
            1 => String::new(),
            n => format!(", the last of {n} tries"),
        };
        let asked = match verdict {
            Verdict::TooLong(wait) => format!(
                "; it asks for a wait of {} s, which is longer than `max_delay`",
                wait.as_secs()
            ),
            Verdict::TooLate(total) => {
                format!("; another one would begin after the `total_timeout` of {total:?}")
            }
            _ => String::new(),
        };
        Error::new(self.kind, format!("{}{tries}{asked}", self.message))
            .with_status(self.status)
            .with_any_help(self.help)
    }
}

impl Client {
    /// What a response means: rules first, then its status.
    pub(super) fn judge(
        &self,
        response: Response,
        to: To,
        rules: &[ResponseRule],
    ) -> Result<Answer, Failure> {
        if let To::TokenServer(grant) = to {
            return match (200..300).contains(&response.status()) {
                true => Ok(Answer::Page(response)),
                false => Err(self.judge_token_server(&response, grant)),
            };
        }
        let now = SystemTime::now();
        let quota = Quota::read(|name| response.header(name), now);
        if let Some(quota) = quota {
            self.limiter().learn(quota, self.opened.elapsed());
        }
        let status = response.status();
        let action = response::action(rules, status, response.body());
        let said = || format!("the API answered {status}{}", reason_phrase(status));
        match action {
            Some(ResponseAction::Ignore) => Ok(Answer::Ignored(said())),
            Some(ResponseAction::StopResource) => Ok(Answer::Stopped(said())),
            None if (200..300).contains(&status) => Ok(Answer::Page(response)),
            _ => {
                let failure = self.failure(&response, action, quota, now);
                // who sent too much is not to send other requests meanwhile, either
                if let (429 | 503, Some(wait)) = (status, failure.retry_after) {
                    self.limiter().pause(wait, self.opened.elapsed());
                }
                Err(failure)
            }
        }
    }

    /// A response that is no success.
    fn failure(
        &self,
        response: &Response,
        action: Option<ResponseAction>,
        quota: Option<Quota>,
        now: SystemTime,
    ) -> Failure {
        let status = response.status();
        let name = reason_phrase(status);
        let said = match beginning(response.body()) {
            text if text.is_empty() => text,
            text => format!(": {text}"),
        };
        let retryable = match action {
            Some(ResponseAction::Fail) => false,
            Some(ResponseAction::Retry) => true,
            _ => retry::is_retryable(&self.retry, status),
        };
        let (kind, help) = match status {
            401 => (
                ErrorKind::Auth,
                Some("the credential is missing, wrong or expired: correct it and run again"),
            ),
            403 => (
                ErrorKind::Auth,
                Some(
                    "the credential is known but may not read this: give it the right, or name the resources that it may read",
                ),
            ),
            404 => (ErrorKind::Status, Some("check the base URL and the path")),
            200..300 => (ErrorKind::Status, Some("the response is one that `on_response` names")),
            _ => (ErrorKind::Status, None),
        };
        Failure {
            kind,
            status: Some(status),
            message: format!("the API answered {status}{name}{said}"),
            retryable,
            hopeless: retryable || status == 401,
            retry_after: self.asked_wait(response, quota, now),
            help: help.map(Cow::Borrowed),
        }
    }

    /// The longest wait that the API asks for, in one way or another.
    fn asked_wait(
        &self,
        response: &Response,
        quota: Option<Quota>,
        now: SystemTime,
    ) -> Option<Duration> {
        let retry_after = response.header("retry-after");
        let named = self.retry.wait_header.and_then(|name| response.header(name));
        let in_body = self.retry.wait_path.and_then(|path| value_at(response.body(), path));
        let asked = [
            retry_after.and_then(|text| retry::retry_after(text, now)),
            named.and_then(|text| rate::reset(text, now)),
            in_body.and_then(|text| rate::reset(&text, now)),
        ];
        // who has used up a limit was refused for that, if nothing else is said
        asked.into_iter().flatten().max().or_else(|| quota.and_then(|quota| quota.exhausted()))
    }

    /// What an answer of the token server means that is no success.
    fn judge_token_server(&self, response: &Response, grant: Grant) -> Failure {
        let failure = self.failure(response, None, None, SystemTime::now());
        let status = response.status();
        let name = reason_phrase(status);
        let refusal = Refusal::read(grant, status, response.body());
        let said = match refusal.said() {
            Some(said) => format!(": {said}"),
            None => match beginning(response.body()) {
                text if text.is_empty() => text,
                text => format!(": {text}"),
            },
        };
        let final_answer = refusal.is_final();
        Failure {
            kind: if final_answer { ErrorKind::Auth } else { failure.kind },
            status: None,
            message: format!("{} answered {status}{name}{said}", grant.server()),
            // a setting to mend is no better a second later
            retryable: failure.retryable && !final_answer,
            hopeless: true,
            retry_after: failure.retry_after,
            help: refusal.help().map(Cow::Owned),
        }
    }
}

/// What an answer says of the API's load.
pub(super) fn load(answer: Option<&Response>) -> Load {
    match answer.map(Response::status) {
        Some(429) => Load::TooMuch,
        Some(200..300) => Load::Borne,
        _ => Load::Unknown,
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
