//! [`Session`]: what one run sees of an API, and what goes wrong while it looks.

use std::collections::{BTreeMap, BTreeSet};
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};

use connector_runtime::CancellationToken;
use connector_runtime::http::{Failure, Request, Response, Transport, TransportError};

use super::api::SimApi;

/// The API as the transport of one run.
#[derive(Debug)]
pub struct Session {
    api: SimApi,
    trouble: Option<Trouble>,
    /// The process has ended: nothing is answered any more.
    crash: CancellationToken,
    seen: Mutex<Seen>,
}

/// Something that goes wrong with a request.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// With the how manieth request, from 1, of those that it is about.
    pub at: usize,
    /// It is about requests for this collection only.
    pub on: Option<&'static str>,
    /// It happens with all later ones, too.
    pub lasts: bool,
    /// What it is.
    pub what: What,
}

/// What goes wrong.
#[derive(Clone, Debug)]
pub enum What {
    /// Somebody stops the run.
    Cancel(CancellationToken),
    /// The process ends.
    Crash,
    /// There is no answer.
    Silence,
    /// The answer has this status.
    Status(u16),
}

/// What came.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Requests, for each collection.
    pub requests: BTreeMap<String, usize>,
    /// Rows that were sent, for each collection.
    pub rows: BTreeMap<String, usize>,
    /// Lists that were not begun at their first page.
    pub resumed: usize,
    /// Requests whose cursor was forgotten.
    pub refused: usize,
    /// Paths that were asked for.
    paths: BTreeSet<String>,
    /// Requests that the trouble is about.
    concerned: usize,
}

impl Seen {
    /// All requests.
    pub fn all(&self) -> usize {
        self.requests.values().sum()
    }
}

impl Session {
    /// A run that ends with `crash`.
    pub fn new(api: SimApi, trouble: Option<Trouble>, crash: CancellationToken) -> Self {
        Self { api, trouble, crash, seen: Mutex::default() }
    }

    /// What came so far.
    pub fn seen(&self) -> Seen {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What goes wrong with this request.
    fn count(&self, request: &Request, collection: &str) -> Option<What> {
        let mut seen = self.lock();
        let is_later = request.param("cursor").is_some()
            || request.param("offset").is_some_and(|offset| offset != "0")
            || request.param("page").is_some_and(|page| page != "1");
        let is_first = seen.paths.insert(request.url().path().to_owned());
        seen.resumed += usize::from(is_first && is_later);
        *seen.requests.entry(collection.to_owned()).or_default() += 1;
        let trouble = self.trouble.as_ref()?;
        if trouble.on.is_some_and(|on| on != collection) {
            return None;
        }
        seen.concerned += 1;
        let happens = match trouble.lasts {
            true => seen.concerned >= trouble.at,
            false => seen.concerned == trouble.at,
        };
        happens.then(|| trouble.what.clone())
    }

    async fn exchange(&self, request: &Request) -> Result<Response, TransportError> {
        let path = request.url().path();
        let collection = path.rsplit('/').next().unwrap_or_default();
        let what = self.count(request, collection);
        if let Some(what) = &what {
            self.api.say(format!("    {what:?} at {path}"));
        }
        match &what {
            Some(What::Crash) => self.crash.cancel(),
            Some(What::Cancel(token)) => token.cancel(),
            _ => {}
        }
        if self.crash.is_cancelled() {
            return pending().await;
        }
        let latency = self.api.inner().latency();
        tokio::time::sleep(latency).await;
        let mut inner = self.api.inner();
        match what {
            Some(What::Silence) => Err(TransportError::new(Failure::Connect, "nobody is there")),
            Some(What::Status(status)) => Ok(inner.stamped(Response::new(status, "no"))),
            _ => {
                let (response, rows) = inner.answer(request);
                let mut seen = self.lock();
                *seen.rows.entry(collection.to_owned()).or_default() += rows;
                seen.refused += usize::from(response.status() == 410);
                Ok(response)
            }
        }
    }
}

impl Transport for Session {
    fn send<'a>(
        &'a self,
        request: &'a Request,
    ) -> Pin<Box<dyn Future<Output = Result<Response, TransportError>> + Send + 'a>> {
        Box::pin(self.exchange(request))
    }
}
