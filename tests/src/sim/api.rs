//! [`SimApi`]: a source behind an API, each answer of one moment.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use connector_runtime::http::{Request, Response};

use super::endpoint::{Endpoint, Listing, Query, Refused};
use super::random::Random;
use super::source::{Habits, SECOND, Source, instant};

/// An API over a [`Source`]; a clone shares everything.
#[derive(Clone, Debug)]
pub struct SimApi(Arc<Mutex<Inner>>);

/// What changes while the API is read.
#[derive(Clone, Copy, Debug)]
pub struct Meddling {
    /// How it changes.
    pub habits: Habits,
    /// In how many of a hundred requests something does.
    pub percent: u64,
    /// How often in a run.
    pub left: usize,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) source: Source,
    endpoints: BTreeMap<&'static str, Endpoint>,
    pub(super) random: Random,
    date: bool,
    pace: i64,
    meddling: Option<Meddling>,
    generation: u64,
}

impl SimApi {
    /// Each collection of the source is an endpoint of its name.
    pub fn new(
        source: Source,
        endpoints: impl IntoIterator<Item = (&'static str, Endpoint)>,
        random: Random,
    ) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            source,
            endpoints: endpoints.into_iter().collect(),
            random,
            date: false,
            pace: SECOND,
            meddling: None,
            generation: 0,
        })))
    }

    /// Says in the header `Date` what its clock says.
    #[must_use]
    pub fn dated(self, date: bool) -> Self {
        self.inner().date = date;
        self
    }

    /// Its clock goes on by up to so many microseconds with each request.
    #[must_use]
    pub fn pace(self, pace: i64) -> Self {
        self.inner().pace = pace;
        self
    }

    /// The source, to be looked at and changed.
    pub fn source<T>(&self, look: impl FnOnce(&mut Source, &mut Random) -> T) -> T {
        let inner = &mut *self.inner();
        look(&mut inner.source, &mut inner.random)
    }

    /// What changes from now on while it is read.
    pub fn meddle(&self, meddling: Option<Meddling>) {
        self.inner().meddling = meddling;
    }

    /// Cursors and links that were given so far are refused from now on.
    pub fn forget(&self) {
        self.inner().generation += 1;
    }

    /// A line of the log.
    pub fn say(&self, text: String) {
        self.inner().source.log.push(text);
    }

    pub(super) fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// How long an answer takes to come, of the time of the asynchronous runtime.
    pub(super) fn latency(&mut self) -> Duration {
        Duration::from_millis(self.random.below(50) as u64)
    }

    /// The answer, and how many rows it has.
    pub(super) fn answer(&mut self, request: &Request) -> (Response, usize) {
        let time = self.random.between(1_000, self.pace.max(1_000));
        self.source.advance(time);
        self.meddle();
        let listing = self.list(request);
        let target = request.url().as_str().trim_start_matches("https://api.example.com");
        let now = instant(self.source.now);
        let said = match &listing {
            Ok(listing) => format!("{:?}", listing.ids),
            Err(Refused { status, message }) => format!("{status} {message}"),
        };
        self.source.log.push(format!("{now}   {target} -> {said}"));
        let (response, rows) = match listing {
            Ok(listing) => (self.respond(request, &listing), listing.ids.len()),
            Err(Refused { status, message }) => (Response::new(status, message), 0),
        };
        (self.stamped(response), rows)
    }

    /// With the time of its clock, where it tells it.
    pub(super) fn stamped(&self, response: Response) -> Response {
        if !self.date {
            return response;
        }
        let now = UNIX_EPOCH + Duration::from_micros(self.source.now as u64);
        response.with_header("date", &httpdate::fmt_http_date(now))
    }

    fn list(&mut self, request: &Request) -> Result<Listing, Refused> {
        let query = Query::of(request)?;
        let unknown = || Refused::new(404, format!("there is no `{}`", query.collection));
        let endpoint = self.endpoints.get(&*query.collection).ok_or_else(unknown)?;
        let collection = self.source.get(&query.collection).ok_or_else(unknown)?;
        endpoint.list(collection, &query, self.generation, &mut self.random)
    }

    fn respond(&self, request: &Request, listing: &Listing) -> Response {
        let rows = listing.rows.join(",");
        let total = listing.total.map_or(String::new(), |total| format!("\"total\":{total},"));
        let next = match &listing.next {
            Some((_, next)) if !listing.by_link => format!("\"{next}\""),
            _ => "null".to_owned(),
        };
        let body = format!("{{{total}\"next\":{next},\"data\":[{rows}]}}");
        let response = Response::new(200, body);
        let Some((param, next)) = listing.next.as_ref().filter(|_| listing.by_link) else {
            return response;
        };
        let mut url = request.url().clone();
        let kept: Vec<_> = url.query_pairs().into_owned().filter(|(k, _)| k != param).collect();
        url.query_pairs_mut().clear().extend_pairs(kept).append_pair(param, next);
        response.with_header("link", &format!("<{url}>; rel=\"next\""))
    }

    fn meddle(&mut self) {
        let Some(meddling) = self.meddling.as_mut().filter(|meddling| meddling.left > 0) else {
            return;
        };
        if !self.random.chance(meddling.percent) {
            return;
        }
        meddling.left -= 1;
        let changes = 1 + self.random.below(3);
        self.source.change(&mut self.random, meddling.habits, changes);
    }
}
