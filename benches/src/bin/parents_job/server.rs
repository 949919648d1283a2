//! The API: parents in pages by offset, those changed since an instant only, and three children of each.

use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use connector_benches::Result;
use connector_runtime::prelude::Timestamp;
use connector_tests::{Reply, Request, Server};

/// Children of each parent.
pub(crate) const CHILDREN: u64 = 3;

/// Every so manieth parent changes.
const CHANGES: u64 = 100;

/// When the first parent was changed last; each of the others a second after the one before.
const FIRST: i64 = 1_700_000_000;

/// A running API.
pub(crate) struct Api {
    pub(crate) server: Server,
    parents: u64,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    has_changed: AtomicBool,
    asked: Mutex<Asked>,
}

/// What it was asked.
#[derive(Clone, Copy, Default)]
pub(crate) struct Asked {
    /// Requests for parents.
    pub(crate) parents: u64,
    /// Requests for children.
    pub(crate) children: u64,
    /// The first request and the last one.
    between: Option<(Instant, Instant)>,
}

impl Api {
    /// Takes so long for each answer.
    pub(crate) fn start(parents: u64, latency: Duration) -> Self {
        let state = Arc::new(State::default());
        let its = state.clone();
        let server = Server::start(move |request| {
            its.note(request);
            if !latency.is_zero() {
                sleep(latency);
            }
            its.answer(request, parents).unwrap_or_else(|_| Reply::status(400))
        });
        Self { server, parents, state }
    }

    /// Changes one parent of a hundred.
    pub(crate) fn change(&self) {
        self.state.has_changed.store(true, Ordering::Relaxed);
    }

    pub(crate) fn changed(&self) -> u64 {
        self.parents / CHANGES
    }

    /// What it was asked since this was asked the last time.
    pub(crate) fn take_asked(&self) -> Asked {
        std::mem::take(&mut self.state.asked())
    }
}

impl Asked {
    pub(crate) fn all(&self) -> u64 {
        self.parents + self.children
    }

    /// How many requests came in a second, from the first one to the last.
    pub(crate) fn rate(&self) -> f64 {
        let seconds = self.between.map_or(0.0, |(first, last)| (last - first).as_secs_f64());
        (self.all() - 1) as f64 / seconds
    }
}

impl State {
    fn note(&self, request: &Request) {
        let now = Instant::now();
        let mut asked = self.asked();
        match request.path.as_str() {
            "/parents" => asked.parents += 1,
            _ => asked.children += 1,
        }
        let first = asked.between.map_or(now, |(first, _)| first);
        asked.between = Some((first, now));
    }

    fn asked(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, request: &Request, parents: u64) -> Result<Reply> {
        Ok(Reply::json(match request.path.strip_prefix("/parents/") {
            Some(rest) => children(rest.trim_end_matches("/children").parse()?),
            None => {
                let number = |name| request.number(name).unwrap_or(0) as u64;
                let since = match request.param("since") {
                    Some(since) => since.parse::<Timestamp>()?.as_second(),
                    None => 0,
                };
                let has_changed = self.has_changed.load(Ordering::Relaxed);
                let all = in_order(parents, has_changed);
                page(all.filter(|(_, at)| *at >= since), number("offset"), number("limit"))
            }
        }))
    }
}

/// Parents and when they were changed last, in the order of that.
fn in_order(parents: u64, has_changed: bool) -> impl Iterator<Item = (u64, i64)> {
    let is_new = move |id: &u64| has_changed && id.is_multiple_of(CHANGES);
    let old = (1..=parents).filter(move |id| !is_new(id));
    let new = (1..=parents).filter(is_new);
    let at = |id: u64| FIRST + id as i64;
    old.map(move |id| (id, at(id))).chain(new.map(move |id| (id, at(parents + id))))
}

fn page(all: impl Iterator<Item = (u64, i64)>, offset: u64, limit: u64) -> String {
    let mut body = String::with_capacity(100 * limit as usize);
    body.push_str("{\"data\":[");
    for (at, (id, changed)) in all.skip(offset as usize).take(limit as usize).enumerate() {
        let comma = if at == 0 { "" } else { "," };
        let changed = Timestamp::from_second(changed).unwrap_or_default();
        let _ = write!(
            body,
            "{comma}{{\"id\":{id},\"name\":\"name of parent {id}\",\"updated_at\":\"{changed}\"}}"
        );
    }
    body.push_str("]}");
    body
}

fn children(parent: u64) -> String {
    let mut body = String::from("{\"data\":[");
    for number in 0..CHILDREN {
        let comma = if number == 0 { "" } else { "," };
        let id = parent * CHILDREN + number;
        let _ = write!(body, "{comma}{{\"id\":{id},\"text\":\"child {number} of {parent}\"}}");
    }
    body.push_str("]}");
    body
}
