//! What is tried again and after which wait: a pure policy, no clock, no network.

use std::time::{Duration, SystemTime};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use crate::spec::RetrySpec;

/// What to do after a failed try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Try again after this wait.
    Wait(Duration),
    /// All tries are used up.
    Exhausted,
    /// The next try would begin after `total_timeout`.
    TooLate(Duration),
    /// The server asks for a longer wait than the connector allows.
    TooLong(Duration),
}

/// The waits between the tries of one request.
#[derive(Debug)]
pub(crate) struct Waits {
    delays: ExponentialBackoff,
    max_delay: Duration,
    total: Option<Duration>,
}

impl Waits {
    pub(crate) fn new(spec: &RetrySpec) -> Self {
        let max_delay = Duration::from_millis(spec.max_delay_ms);
        let delays = ExponentialBuilder::new()
            .with_factor(spec.backoff_factor)
            .with_min_delay(Duration::from_millis(spec.initial_delay_ms))
            .with_max_delay(max_delay)
            .with_max_times(spec.max_retries as usize)
            .with_jitter()
            .build();
        Self { delays, max_delay, total: spec.total_timeout_ms.map(Duration::from_millis) }
    }

    /// `retry_after`: what the server asked for. A shorter wait than our own is not taken: a
    /// server that says 0 would have all tries within a moment. `elapsed`: since the first try.
    pub(crate) fn next(&mut self, retry_after: Option<Duration>, elapsed: Duration) -> Verdict {
        let Some(own) = self.delays.next() else { return Verdict::Exhausted };
        // the jitter comes on top of the longest wait
        let own = own.min(self.max_delay);
        let wait = match retry_after {
            Some(asked) if asked > self.max_delay => return Verdict::TooLong(asked),
            Some(asked) => own.max(asked),
            None => own,
        };
        match self.total {
            Some(total) if elapsed.saturating_add(wait) > total => Verdict::TooLate(total),
            _ => Verdict::Wait(wait),
        }
    }
}

/// Whether a status is worth another try.
pub(crate) fn is_retryable(spec: &RetrySpec, status: u16) -> bool {
    spec.statuses.iter().any(|(first, last)| (*first..=*last).contains(&status))
}

/// The wait that a `Retry-After` header asks for: seconds or an HTTP date (RFC 9110, 10.2.3).
/// A date in the past asks for none; anything else is no answer.
pub(crate) fn retry_after(header: &str, now: SystemTime) -> Option<Duration> {
    let text = header.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(now).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZERO: Duration = Duration::ZERO;

    fn waits(max_retries: u32) -> Waits {
        Waits::new(&RetrySpec { max_retries, max_delay_ms: 60_000, ..RetrySpec::DEFAULT })
    }

    #[test]
    fn waits_double_and_end() {
        let mut waits = waits(3);
        for base in [1, 2, 4] {
            let Verdict::Wait(wait) = waits.next(None, ZERO) else { panic!("too few tries") };
            // jitter adds up to one first wait
            assert!(wait >= Duration::from_secs(base) && wait <= Duration::from_secs(base * 2 + 1));
        }
        assert_eq!(waits.next(None, ZERO), Verdict::Exhausted);
        assert_eq!(waits.next(Some(ZERO), ZERO), Verdict::Exhausted);
    }

    #[test]
    fn the_server_can_ask_for_more_but_not_for_less() {
        let mut waits = waits(3);
        assert_eq!(
            waits.next(Some(Duration::from_secs(17)), ZERO),
            Verdict::Wait(Duration::from_secs(17))
        );
        let Verdict::Wait(wait) = waits.next(Some(ZERO), ZERO) else { panic!("no wait") };
        assert!(wait >= Duration::from_secs(2));
        assert_eq!(
            waits.next(Some(Duration::from_secs(3600)), ZERO),
            Verdict::TooLong(Duration::from_secs(3600))
        );
    }

    #[test]
    fn no_try_begins_after_the_total_timeout() {
        let spec = RetrySpec { total_timeout_ms: Some(10_000), ..RetrySpec::DEFAULT };
        let (mut waits, seconds) = (Waits::new(&spec), Duration::from_secs);
        assert_eq!(waits.next(Some(seconds(4)), ZERO), Verdict::Wait(seconds(4)));
        assert_eq!(waits.next(Some(seconds(5)), seconds(5)), Verdict::Wait(seconds(5)));
        assert_eq!(waits.next(Some(seconds(5)), seconds(6)), Verdict::TooLate(seconds(10)));
    }

    #[test]
    fn retry_after_in_both_forms() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").expect("a date");
        let seconds = |n| Some(Duration::from_secs(n));
        for (header, expected) in [
            ("0", seconds(0)),
            ("120", seconds(120)),
            (" 7 ", seconds(7)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", seconds(60)),
            ("Sunday, 06-Nov-94 08:50:37 GMT", seconds(60)),
            ("Sun Nov  6 08:50:37 1994", seconds(60)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", seconds(0)),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(retry_after(header, now), expected, "{header:?}");
        }
    }

    #[test]
    fn the_default_statuses() {
        let spec = RetrySpec::DEFAULT;
        let retried: Vec<u16> = (100..600).filter(|status| is_retryable(&spec, *status)).collect();
        assert_eq!(retried, [429, 500, 502, 503, 504]);
    }
}
