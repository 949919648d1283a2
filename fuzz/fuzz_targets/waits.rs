//! `Retry-After` and rate limit headers: no wait is longer than what the connector allows.
#![no_main]

use std::time::{Duration, SystemTime};

use connector_runtime::fuzzing::{rate_wait, retry_after};
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 9] = [
    "ratelimit",
    "ratelimit-limit",
    "ratelimit-remaining",
    "ratelimit-reset",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-rate-limit-remaining",
    "x-rate-limit-reset",
];

fuzz_target!(|text: &str| {
    let mut lines = text.split('\n');
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_000_000);
    let first = lines.next().unwrap_or_default();
    if let Some(wait) = retry_after(first, now) {
        let digits = first.trim().trim_start_matches('+');
        match digits.parse::<u64>() {
            Ok(seconds) => assert_eq!(wait, Duration::from_secs(seconds)),
            Err(_) => assert!(first.contains(':'), "neither seconds nor a date: {first:?}"),
        }
    }
    let headers: Vec<_> = NAMES.into_iter().zip(lines).collect();
    let header =
        |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
    let longest = Duration::from_secs(300);
    for wait in rate_wait(header, now, longest) {
        assert!(wait <= longest, "{wait:?}");
    }
});
