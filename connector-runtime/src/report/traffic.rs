//! What it took to get the rows: requests, waits, bytes.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Serialize, Serializer};

/// What it took to get the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Traffic {
    /// Pages received.
    pub pages: u64,
    /// Requests sent, retries and those for tokens included.
    pub requests: u64,
    /// Requests that were a further try.
    pub retries: u64,
    /// What was waited for.
    pub waits: Waits,
    /// Bytes of the bodies, unpacked.
    pub bytes: u64,
}

/// Why nothing is sent for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WaitReason {
    /// Another run loads the resource.
    Lease,
    /// The connector's rate limit, or the API's.
    RateLimit,
    /// A request has failed and is tried again.
    Retry,
    /// Another process renews the token.
    Token,
}

impl WaitReason {
    /// All of them, as they are told.
    pub const ALL: [Self; 4] = [Self::RateLimit, Self::Retry, Self::Token, Self::Lease];

    /// Its name, as in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lease => "lease",
            Self::RateLimit => "rate_limit",
            Self::Retry => "retry",
            Self::Token => "token",
        }
    }
}

/// What was waited for. Requests that wait at once are counted each: the times may add up to more
/// than the run has taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Waits {
    /// As [`WaitReason::RateLimit`].
    pub rate_limit: Wait,
    /// As [`WaitReason::Retry`].
    pub retry: Wait,
    /// As [`WaitReason::Token`].
    pub token: Wait,
    /// As [`WaitReason::Lease`].
    pub lease: Wait,
}

/// How often something was waited for, and how long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Wait {
    /// How often.
    pub count: u64,
    /// How long in all.
    #[serde(rename = "seconds", serialize_with = "seconds")]
    pub time: Duration,
}

/// The counts alone: what is waited for is not in the load log.
pub(crate) fn without_waits<S: Serializer>(traffic: &Traffic, to: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Counts {
        pages: u64,
        requests: u64,
        retries: u64,
        bytes: u64,
    }
    let Traffic { pages, requests, retries, bytes, .. } = *traffic;
    Counts { pages, requests, retries, bytes }.serialize(to)
}

fn seconds<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
    // to the millisecond
    to.serialize_f64((time.as_secs_f64() * 1e3).round() / 1e3)
}

impl Waits {
    /// What was waited for one reason.
    pub fn of(&self, reason: WaitReason) -> Wait {
        match reason {
            WaitReason::Lease => self.lease,
            WaitReason::RateLimit => self.rate_limit,
            WaitReason::Retry => self.retry,
            WaitReason::Token => self.token,
        }
    }

    /// One more wait.
    pub(crate) fn add(&mut self, reason: WaitReason, time: Duration) {
        let wait = match reason {
            WaitReason::Lease => &mut self.lease,
            WaitReason::RateLimit => &mut self.rate_limit,
            WaitReason::Retry => &mut self.retry,
            WaitReason::Token => &mut self.token,
        };
        wait.count += 1;
        wait.time += time;
    }

    fn zip(self, other: Self, with: impl Fn(Wait, Wait) -> Wait) -> Self {
        Self {
            rate_limit: with(self.rate_limit, other.rate_limit),
            retry: with(self.retry, other.retry),
            token: with(self.token, other.token),
            lease: with(self.lease, other.lease),
        }
    }
}

impl std::ops::Add for Traffic {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let sum = |a: Wait, b: Wait| Wait { count: a.count + b.count, time: a.time + b.time };
        Self {
            pages: self.pages + other.pages,
            requests: self.requests + other.requests,
            retries: self.retries + other.retries,
            waits: self.waits.zip(other.waits, sum),
            bytes: self.bytes + other.bytes,
        }
    }
}

impl std::ops::Sub for Traffic {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        let rest = |a: Wait, b: Wait| Wait { count: a.count - b.count, time: a.time - b.time };
        Self {
            pages: self.pages - other.pages,
            requests: self.requests - other.requests,
            retries: self.retries - other.retries,
            waits: self.waits.zip(other.waits, rest),
            bytes: self.bytes - other.bytes,
        }
    }
}

/// Counts the requests of a resource, however many are on their way at once.
#[derive(Debug, Default)]
pub(crate) struct Meter(Mutex<Traffic>);

impl Meter {
    /// One request more.
    pub(crate) fn count(&self, is_retry: bool) {
        let mut traffic = self.traffic();
        traffic.requests += 1;
        traffic.retries += u64::from(is_retry);
    }

    /// The next request is a further try of one that was sent before it was wanted.
    pub(crate) fn count_retry(&self) {
        self.traffic().retries += 1;
    }

    /// A request has waited.
    pub(crate) fn wait(&self, reason: WaitReason, time: Duration) {
        self.traffic().waits.add(reason, time);
    }

    /// What another one has counted is counted here, too.
    pub(crate) fn add(&self, other: &Self) {
        let other = other.read();
        let mut traffic = self.traffic();
        *traffic = *traffic + other;
    }

    /// What was counted so far: neither pages nor bytes.
    pub(crate) fn read(&self) -> Traffic {
        *self.traffic()
    }

    fn traffic(&self) -> MutexGuard<'_, Traffic> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
