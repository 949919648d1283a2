//! When the next request may go: a pure policy. It is told the time and what the API says of its
//! own limits, and says how long to wait; it has no clock and sends nothing.

mod concurrency;

use std::time::{Duration, SystemTime};

pub(crate) use self::concurrency::{Concurrency, Load, Slot};
use crate::spec::RateLimitSpec;

/// Beyond this many seconds a reset is an instant, not a wait: it would be 31 years.
const FIRST_EPOCH: f64 = 1e9;
/// Beyond this many it is counted in milliseconds.
const FIRST_EPOCH_MILLIS: f64 = 1e11;
/// Requests from which on an API that does not tell its limit is spared.
const FEW: f64 = 10.0;
/// Where APIs say what remains, when it is reset, and of how many.
const HEADERS: [[&str; 3]; 3] = [
    ["ratelimit-remaining", "ratelimit-reset", "ratelimit-limit"],
    ["x-ratelimit-remaining", "x-ratelimit-reset", "x-ratelimit-limit"],
    ["x-rate-limit-remaining", "x-rate-limit-reset", "x-rate-limit-limit"],
];

/// Spaces the requests of one connector. Times are counted from any fixed moment.
#[derive(Debug)]
pub(crate) struct Limiter {
    own: Option<Own>,
    /// What the API says is taken no longer than this.
    longest: Duration,
    /// The next request, as far as the API is concerned.
    next: Duration,
    /// Between requests, as far as the API is concerned.
    pace: Duration,
    /// The API's period ends, and what it said with it.
    until: Duration,
    /// Nothing goes before.
    paused: Duration,
}

/// The connector's own limit (the generic cell rate algorithm).
#[derive(Debug)]
struct Own {
    spacing: Duration,
    /// How far ahead of an even spacing requests may be.
    tolerance: Duration,
    /// When the next request would go if all were evenly spaced.
    even: Duration,
}

/// How long to wait, and for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    Now,
    /// For `rate_limit` of the connector.
    Own(Duration),
    /// For what the API says is left.
    Server(Duration),
}

impl Limiter {
    /// `longest`: a wait that the API asks for is not taken beyond this; the request is sent, and
    /// the API may refuse it.
    pub(crate) fn new(spec: Option<RateLimitSpec>, longest: Duration) -> Self {
        let own = spec.map(|spec| {
            let spacing = Duration::from_millis(spec.period_ms) / spec.requests.max(1);
            let tolerance = spacing * spec.burst.saturating_sub(1);
            Own { spacing, tolerance, even: Duration::ZERO }
        });
        let zero = Duration::ZERO;
        Self { own, longest, next: zero, pace: zero, until: zero, paused: zero }
    }

    /// Takes the next turn.
    pub(crate) fn turn(&mut self, now: Duration) -> Turn {
        let own = self.own.as_ref().map_or(now, |own| own.even.saturating_sub(own.tolerance));
        let server = self.next;
        let at = now.max(own).max(server);
        if let Some(own) = &mut self.own {
            own.even = own.even.max(at) + own.spacing;
        }
        if at < self.until {
            self.next = at + self.pace;
        }
        match at - now {
            Duration::ZERO => Turn::Now,
            wait if server > own => Turn::Server(wait),
            wait => Turn::Own(wait),
        }
    }

    /// Nothing goes before the wait that a refusal asked for is over.
    pub(crate) fn pause(&mut self, wait: Duration, now: Duration) {
        if wait <= self.longest {
            self.next = self.next.max(now + wait);
            self.paused = self.paused.max(now + wait);
        }
    }

    /// How long such a wait lasts still: it may have been asked for while a turn was waited for.
    pub(crate) fn paused(&self, now: Duration) -> Option<Duration> {
        self.paused.checked_sub(now).filter(|wait| !wait.is_zero())
    }

    /// Takes note of what the API says. With the last tenth of its limit it is slowed down, so
    /// that the rest lasts until the limit is there again.
    pub(crate) fn learn(&mut self, quota: Quota, now: Duration) {
        let (next, pace) = match quota.pace() {
            Some(Pace::Stop) => (quota.reset, Duration::ZERO),
            Some(Pace::Every(pace)) => (pace, pace),
            None => return,
        };
        if next <= self.longest {
            self.next = self.next.max(now + next);
            self.pace = pace;
            self.until = now + quota.reset;
        }
    }
}

/// What an API says of its limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Quota {
    limit: Option<f64>,
    remaining: f64,
    reset: Duration,
}

#[derive(Debug)]
enum Pace {
    Every(Duration),
    Stop,
}

impl Quota {
    /// Reads the headers `RateLimit` and `RateLimit-*` (draft-ietf-httpapi-ratelimit-headers, of
    /// before and since its version 8) and the older `X-RateLimit-*` and `X-Rate-Limit-*`, whose
    /// reset may also be an instant.
    pub(crate) fn read<'a>(
        header: impl Fn(&str) -> Option<&'a str>,
        now: SystemTime,
    ) -> Option<Self> {
        if let Some(quota) = header("ratelimit").and_then(Self::structured) {
            return Some(quota);
        }
        HEADERS.into_iter().find_map(|[remaining, reset, limit]| {
            Some(Self {
                remaining: number(header(remaining)?)?,
                reset: self::reset(header(reset)?, now)?,
                // `100, 100;w=60` in some versions of the draft
                limit: header(limit).and_then(|text| number(text.split([',', ';']).next()?)),
            })
        })
    }

    /// `"default";r=50;t=30`, a list of which the tightest counts; or, before version 8,
    /// `limit=100, remaining=50, reset=30`.
    fn structured(text: &str) -> Option<Self> {
        let value = |part: &str, names: [&str; 2]| {
            part.split([';', ',']).find_map(|pair| {
                let (name, value) = pair.split_once('=')?;
                names.contains(&name.trim()).then(|| number(value)).flatten()
            })
        };
        let quota = |part: &str| {
            Some(Self {
                limit: value(part, ["limit", "q"]),
                remaining: value(part, ["remaining", "r"])?,
                reset: seconds(value(part, ["reset", "t"])?)?,
            })
        };
        if text.contains("remaining") {
            return quota(text);
        }
        text.split(',').filter_map(quota).min_by(|a, b| a.remaining.total_cmp(&b.remaining))
    }

    /// The time until the limit is there again, if nothing is left of it.
    pub(crate) fn exhausted(&self) -> Option<Duration> {
        (self.remaining < 1.0).then_some(self.reset)
    }

    fn pace(&self) -> Option<Pace> {
        let few = self.limit.map_or(FEW, |limit| limit / 10.0);
        if self.remaining < 1.0 {
            Some(Pace::Stop)
        } else if self.remaining <= few {
            Some(Pace::Every(self.reset.div_f64(self.remaining)))
        } else {
            None
        }
    }
}

/// A number that is not negative; some APIs send `598.0`.
fn number(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0)
}

fn seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok().filter(|duration| *duration < FOREVER)
}

/// Longer than any limit: sums of times stay in range.
const FOREVER: Duration = Duration::from_secs(10 * 365 * 86_400);

/// A wait in seconds, or an instant: seconds or milliseconds since 1970, or an HTTP date. An
/// instant in the past is no wait.
pub(crate) fn reset(text: &str, now: SystemTime) -> Option<Duration> {
    if let Ok(date) = httpdate::parse_http_date(text.trim()) {
        return Some(date.duration_since(now).unwrap_or_default()).filter(|wait| *wait < FOREVER);
    }
    let number = number(text)?;
    if number < FIRST_EPOCH {
        return seconds(number);
    }
    let since_1970 = if number < FIRST_EPOCH_MILLIS { number } else { number / 1e3 };
    let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    seconds((since_1970 - now.as_secs_f64()).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLIS: fn(u64) -> Duration = Duration::from_millis;
    const SECONDS: fn(u64) -> Duration = Duration::from_secs;

    fn limiter(spec: Option<RateLimitSpec>) -> Limiter {
        Limiter::new(spec, SECONDS(300))
    }

    fn quota(limit: Option<f64>, remaining: f64, reset: u64) -> Quota {
        Quota { limit, remaining, reset: SECONDS(reset) }
    }

    /// When the requests go of somebody who sends the next one at once, with pauses between.
    fn times(limiter: &mut Limiter, pauses: impl IntoIterator<Item = Duration>) -> Vec<Duration> {
        let mut now = Duration::ZERO;
        let send = |pause| {
            now += pause;
            match limiter.turn(now) {
                Turn::Now => {}
                Turn::Own(wait) | Turn::Server(wait) => now += wait,
            }
            now
        };
        pauses.into_iter().map(send).collect()
    }

    #[test]
    fn requests_are_evenly_spaced() {
        for (requests, period) in [(10, 1_000), (600, 60_000), (36_000, 3_600_000)] {
            let mut limiter = limiter(Some(RateLimitSpec::new(requests, period)));
            let times = times(&mut limiter, [Duration::ZERO; 5]);
            assert_eq!(times, [0, 100, 200, 300, 400].map(MILLIS));
        }
        assert_eq!(times(&mut limiter(None), [Duration::ZERO; 3]), [Duration::ZERO; 3]);
    }

    #[test]
    fn a_burst_goes_at_once_and_again_after_a_pause() {
        let spec = RateLimitSpec { burst: 3, ..RateLimitSpec::new(10, 1_000) };
        let pauses = [0, 0, 0, 0, 0, 250, 0, 0, 0].map(MILLIS);
        let expected = [0, 0, 0, 100, 200, 450, 450, 500, 600].map(MILLIS);
        assert_eq!(times(&mut limiter(Some(spec)), pauses), expected);
    }

    #[test]
    fn no_window_sees_more_than_the_limit_and_no_time_is_wasted() {
        let mut random = crate::decode::tests::Random::new(7);
        for _ in 0..200 {
            let (requests, burst) = (1 + random.below(20) as u32, 1 + random.below(5) as u32);
            let spec = RateLimitSpec { burst, ..RateLimitSpec::new(requests, 1_000) };
            let mut limiter = limiter(Some(spec));
            let pauses = (0..100).map(|_| MILLIS(random.below(3) * random.below(100)));
            let times = times(&mut limiter, pauses);
            for (index, start) in times.iter().enumerate() {
                let window = times[index..].iter().filter(|time| **time < *start + SECONDS(1));
                let most = requests as usize + burst as usize - 1;
                // an spacing is cut to nanoseconds
                assert!(window.count() <= most + 1, "{spec:?} {start:?}");
            }
        }
        let mut limiter = Limiter::new(Some(RateLimitSpec::new(10, 1_000)), SECONDS(300));
        let all = times(&mut limiter, [Duration::ZERO; 101]);
        assert_eq!(all.last(), Some(&SECONDS(10)));
    }

    #[test]
    fn the_api_slows_us_down_before_the_wall() {
        for (limit, remaining, reset, expected) in [
            (None, 11.0, 60, Turn::Now),
            (None, 10.0, 60, Turn::Server(SECONDS(6))),
            (None, 0.0, 60, Turn::Server(SECONDS(60))),
            (Some(5_000.0), 501.0, 3_000, Turn::Now),
            (Some(5_000.0), 500.0, 3_000, Turn::Server(SECONDS(6))),
            (Some(5_000.0), 0.0, 300, Turn::Server(SECONDS(300))),
            // longer than we wait: the API may refuse the request, and says for how long
            (Some(5_000.0), 0.0, 301, Turn::Now),
            (Some(5_000.0), 1.0, 0, Turn::Now),
        ] {
            let mut limiter = limiter(None);
            assert_eq!(limiter.turn(SECONDS(1)), Turn::Now);
            limiter.learn(quota(limit, remaining, reset), SECONDS(1));
            assert_eq!(limiter.turn(SECONDS(1)), expected, "{limit:?} {remaining} {reset}");
        }
    }

    #[test]
    fn what_the_api_says_is_shared_by_all_and_forgotten_at_its_reset() {
        let mut limiter = limiter(None);
        limiter.learn(quota(None, 2.0, 10), Duration::ZERO);
        assert_eq!(limiter.turn(Duration::ZERO), Turn::Server(SECONDS(5)));
        assert_eq!(limiter.turn(Duration::ZERO), Turn::Server(SECONDS(10)));
        assert_eq!(limiter.turn(SECONDS(10)), Turn::Now);
        assert_eq!(limiter.turn(SECONDS(10)), Turn::Now);
    }

    #[test]
    fn the_longer_wait_counts() {
        let mut limiter = limiter(Some(RateLimitSpec::new(1, 3_000)));
        assert_eq!(limiter.turn(Duration::ZERO), Turn::Now);
        assert_eq!(limiter.turn(Duration::ZERO), Turn::Own(SECONDS(3)));
        limiter.learn(quota(None, 0.0, 9), SECONDS(3));
        assert_eq!(limiter.turn(SECONDS(3)), Turn::Server(SECONDS(9)));
        assert_eq!(limiter.turn(SECONDS(12)), Turn::Own(SECONDS(3)));
    }

    /// 1994-11-06T08:49:37Z.
    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + SECONDS(784_111_777)
    }

    #[test]
    fn resets_are_waits_or_instants() {
        let now = SystemTime::UNIX_EPOCH + SECONDS(1_700_000_000);
        for (text, expected) in [
            ("30", Some(SECONDS(30))),
            (" 0.5 ", Some(MILLIS(500))),
            ("1700000060", Some(SECONDS(60))),
            ("1700000060000", Some(SECONDS(60))),
            ("1699999999", Some(Duration::ZERO)),
            ("Tue, 14 Nov 2023 22:14:20 GMT", Some(SECONDS(60))),
            ("Mon, 14 Nov 2022 22:14:20 GMT", Some(Duration::ZERO)),
            ("99999999999999999999999", None),
            ("-1", None),
            ("inf", None),
            ("NaN", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(reset(text, now), expected, "{text:?}");
        }
    }

    #[test]
    fn headers_of_every_kind() {
        for (headers, expected) in [
            (&[("ratelimit", r#""default";r=50;t=30"#)][..], Some((None, 50.0, 30))),
            (&[("ratelimit", r#""day";r=900;t=3600, "min";r=3;t=20"#)], Some((None, 3.0, 20))),
            (&[("ratelimit", "limit=100, remaining=50, reset=30")], Some((Some(100.0), 50.0, 30))),
            (
                &[
                    ("ratelimit-limit", "100, 100;w=60"),
                    ("ratelimit-remaining", "7"),
                    ("ratelimit-reset", "12"),
                ],
                Some((Some(100.0), 7.0, 12)),
            ),
            (
                &[
                    ("x-ratelimit-limit", "5000"),
                    ("x-ratelimit-remaining", "0"),
                    ("x-ratelimit-reset", "784111787"),
                ],
                // too early to be taken for an instant
                None,
            ),
            (
                &[("x-rate-limit-remaining", "598.0"), ("x-rate-limit-reset", "5")],
                Some((None, 598.0, 5)),
            ),
            (&[("x-ratelimit-remaining", "5")], None),
            (&[("x-ratelimit-remaining", "many"), ("x-ratelimit-reset", "5")], None),
            (&[("ratelimit", "gibberish;;=,=")], None),
            (&[], None),
        ] {
            let header = |name: &str| {
                headers.iter().find(|(other, _)| *other == name).map(|(_, value)| *value)
            };
            let quota = Quota::read(header, now());
            let expected =
                expected.map(|(limit, remaining, reset)| self::quota(limit, remaining, reset));
            assert_eq!(quota, expected, "{headers:?}");
        }
    }

    #[test]
    fn no_header_makes_it_panic() {
        let seeds = [
            r#""default";r=50;t=30, "x";r=1;t=1e300"#,
            "limit=100, remaining=50, reset=30",
            "1700000060.5",
            "Sun, 06 Nov 1994 08:49:37 GMT",
        ];
        let mut random = crate::decode::tests::Random::new(11);
        for round in 0..20_000 {
            let bytes = random.mutate(seeds[round % seeds.len()].as_bytes());
            let text = String::from_utf8_lossy(&bytes);
            let _ = reset(&text, now());
            let _ = crate::retry::retry_after(&text, now());
            if let Some(quota) = Quota::read(|_| Some(&text), now()) {
                let mut limiter = limiter(Some(RateLimitSpec::new(3, 1_000)));
                limiter.learn(quota, SECONDS(1));
                let _ = (limiter.turn(SECONDS(1)), limiter.turn(SECONDS(2)));
            }
        }
    }
}
