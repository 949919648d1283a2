//! What the fuzz targets in `fuzz/` reach of the inside. Built with `--cfg fuzzing` only, which
//! `cargo fuzz` sets: no feature that a user could see.

use std::time::{Duration, SystemTime};

use arrow_array::RecordBatch;

use crate::decode::{DecodeError, Decoder};
use crate::rate::{Limiter, Quota, Turn};
use crate::spec::{Path, ResourceSpec, ResponseFormat, UnknownFields};

/// Decodes one body; the error is what a person would read.
pub fn decode(
    resource: &ResourceSpec,
    selector: Option<Path>,
    single: bool,
    format: ResponseFormat,
    body: &[u8],
) -> Result<Option<RecordBatch>, String> {
    let mut decoder = Decoder::new(resource, selector, &[], single, format, UnknownFields::Report);
    match decoder.page(body) {
        Ok(facts) => {
            assert_eq!(facts.rows, decoder.rows() as u64);
            let batch = decoder.take_batch();
            assert_eq!(facts.rows, batch.as_ref().map_or(0, |batch| batch.num_rows() as u64));
            Ok(batch)
        }
        Err(error) => {
            assert!(decoder.take_batch().is_none(), "rows of a page that failed");
            Err(match error {
                DecodeError::Body(body) => body.message,
                DecodeError::Row(row) => format!("{}: {}", row.place, row.message),
            })
        }
    }
}

/// The value at a path, as `on_response` and `wait_path` read it.
pub fn value_at(body: &[u8], path: Path) -> Option<String> {
    crate::decode::value_at(body, path)
}

/// The target of a relation of `Link` headers.
pub fn next_link(values: &[String], rel: &str) -> Result<Option<String>, String> {
    crate::paginate::link_target(values, rel)
}

/// The wait of a `Retry-After` header.
pub fn retry_after(header: &str, now: SystemTime) -> Option<Duration> {
    crate::retry::retry_after(header, now)
}

/// How long three requests wait after an answer with these rate limit headers; `longest`: the
/// connector's `max_delay`.
pub fn rate_wait<'a>(
    header: impl Fn(&str) -> Option<&'a str>,
    now: SystemTime,
    longest: Duration,
) -> Vec<Duration> {
    let mut limiter = Limiter::new(None, longest);
    let Some(quota) = Quota::read(header, now) else { return Vec::new() };
    let _ = quota.exhausted();
    let mut at = Duration::from_secs(1);
    limiter.learn(quota, at);
    let mut waits = Vec::new();
    for _ in 0..3 {
        let wait = match limiter.turn(at) {
            Turn::Now => Duration::ZERO,
            Turn::Own(wait) | Turn::Server(wait) => wait,
        };
        at += wait;
        waits.push(wait);
    }
    waits
}
