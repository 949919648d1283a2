//! What limits requests, and what responses mean.

use super::Path;

/// `rate_limit = "10/s"`: how many requests the API takes in which time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimitSpec {
    /// Requests in each period.
    pub requests: u32,
    /// The period, in milliseconds.
    pub period_ms: u64,
    /// Requests that may go at once after a pause. With 1 they are evenly spaced, and no window
    /// of one period sees more than [`Self::requests`] of them.
    pub burst: u32,
}

impl RateLimitSpec {
    /// Evenly spaced requests.
    pub const fn new(requests: u32, period_ms: u64) -> Self {
        Self { requests, period_ms, burst: 1 }
    }
}

/// `on_response(..)`: what is done with the responses that fulfil every condition.
#[derive(Clone, Copy, Debug)]
pub struct ResponseRule {
    /// Statuses, as inclusive ranges; none: every status.
    pub statuses: &'static [(u16, u16)],
    /// A text that the body contains.
    pub content: Option<&'static str>,
    /// A place in the body and the text of its value; numbers and flags as JSON writes them.
    pub value: Option<(Path, &'static str)>,
    /// What is done.
    pub action: ResponseAction,
}

impl ResponseRule {
    /// A rule without conditions, for the derives to add some.
    pub const fn new(action: ResponseAction) -> Self {
        Self { statuses: &[], content: None, value: None, action }
    }
}

/// What is done with a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponseAction {
    /// It is an error, though its status may be a success or worth another try.
    Fail,
    /// It is an empty page: nothing of it is read, and the scan ends. A resource that ends so
    /// after its first page is partial.
    Ignore,
    /// It is tried again as a status of `retry(statuses = ..)`.
    Retry,
    /// The scan ends without error; the resource is partial if the API had promised more rows.
    StopResource,
}

/// What bodies are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponseFormat {
    /// One JSON value, the rows somewhere in it.
    #[default]
    Json,
    /// One row a line (JSON Lines, NDJSON).
    JsonLines,
    /// A line of names, then one row a line (RFC 4180).
    Csv(CsvSpec),
}

/// `response_format = csv(..)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CsvSpec {
    /// The ASCII character between two fields.
    pub delimiter: u8,
}

impl CsvSpec {
    /// Fields with this character between them.
    pub const fn new(delimiter: u8) -> Self {
        Self { delimiter }
    }
}
