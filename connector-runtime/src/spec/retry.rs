//! What is tried again.

use super::Path;

/// What is tried again, how often and after which wait.
#[derive(Clone, Copy, Debug)]
pub struct RetrySpec {
    /// Further requests after the first one failed.
    pub max_retries: u32,
    /// Each wait is this many times the one before.
    pub backoff_factor: f32,
    /// The first wait, in milliseconds.
    pub initial_delay_ms: u64,
    /// No wait is longer, in milliseconds; a server that asks for more is not asked again.
    pub max_delay_ms: u64,
    /// Statuses worth another request, as inclusive ranges.
    pub statuses: &'static [(u16, u16)],
    /// Longest time from the first try of a request to the beginning of its last one, in
    /// milliseconds.
    pub total_timeout_ms: Option<u64>,
    /// A header that says how long to wait, beside `Retry-After`.
    pub wait_header: Option<&'static str>,
    /// Where the body says how long to wait.
    pub wait_path: Option<Path>,
}

impl RetrySpec {
    /// Three retries with factor 2 from one second on 429, 500, 502, 503, 504.
    pub const DEFAULT: Self = Self {
        max_retries: 3,
        backoff_factor: 2.0,
        initial_delay_ms: 1_000,
        max_delay_ms: 300_000,
        statuses: &[(429, 429), (500, 500), (502, 504)],
        total_timeout_ms: None,
        wait_header: None,
        wait_path: None,
    };
}
