//! [`TransportError`]: why there is no answer.

use std::fmt;

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
    help: Option<&'static str>,
}

impl TransportError {
    /// A failure and its explanation.
    pub fn new(failure: Failure, message: impl Into<String>) -> Self {
        Self { failure, message: message.into(), help: None }
    }

    /// Adds what to do about it, if that is known.
    pub(super) fn with_help(mut self, help: impl Into<Option<&'static str>>) -> Self {
        self.help = help.into();
        self
    }

    /// What to do about it.
    pub(crate) fn help(&self) -> Option<&'static str> {
        self.help
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
