//! The engine: the one place that knows both a source and a destination.

mod ahead;
#[cfg(feature = "cli")]
mod check;
#[cfg(feature = "cli")]
mod hint;
mod pages;
mod request;
mod rows;
mod source;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow_array::RecordBatch;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use self::pages::{Pages, Sink};
#[cfg(feature = "cli")]
pub(crate) use check::{CheckReport, check};
pub use rows::Rows;
pub(crate) use source::{Overrides, Source};

use crate::destination::{self, Begun, Destination, Ending, Load, Progress};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Network, Transport};
use crate::instance::Instance;
use crate::plan::{self, Planned};
use crate::report::{
    Event, Observer, REPORTED, Report, ResourceReport, RowCounts, Status, Unobserved,
};
use crate::spec::WriteDisposition;
use crate::state::{STATE_VERSION, State};

/// Rows that are written together.
const BATCH_ROWS: usize = 8_192;
/// Bytes of page bodies whose rows are written together, however few rows they are.
const BATCH_BYTES: u64 = 4 << 20;

/// A sync that is about to run; made by [`Connector::sync`](crate::Connector::sync).
///
/// ```no_run
/// # use connector_runtime::{prelude::*, destination::Sqlite};
/// # #[derive(Connector)]
/// # #[connector(base_url = "https://api.example.com", resources(Item))]
/// # struct Api {}
/// # #[derive(Resource)]
/// # #[resource(path = "/items")]
/// # struct Item { #[column(primary_key)] id: i64 }
/// # async fn example() -> connector_runtime::Result<()> {
/// let report = Api {}.sync().destination(Sqlite::file("items.db")).run().await.into_result()?;
/// println!("{} rows", report.resources[0].rows.inserted);
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing happens until `run`"]
pub struct Run {
    instance: Instance,
    resources: Vec<String>,
    destination: Option<Box<dyn Destination>>,
    observer: Arc<dyn Observer>,
    overrides: Overrides,
}

impl Run {
    pub(crate) fn new(instance: Instance) -> Self {
        Self {
            instance,
            resources: Vec::new(),
            destination: None,
            observer: Arc::new(Unobserved),
            overrides: Overrides::default(),
        }
    }

    /// Loads these resources only.
    pub fn resources<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.resources = names.into_iter().map(Into::into).collect();
        self
    }

    /// Where the rows go; without this, a SQLite file named after the connector.
    pub fn destination(mut self, destination: impl Destination + 'static) -> Self {
        self.destination = Some(Box::new(destination));
        self
    }

    /// As [`Self::destination`], for a destination that was made from a text.
    pub fn boxed_destination(mut self, destination: Box<dyn Destination>) -> Self {
        self.destination = Some(destination);
        self
    }

    /// Watches the run.
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = observer;
        self
    }

    /// Sends requests here instead of to the connector's base URL.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.overrides.base_url = Some(url.into());
        self
    }

    /// Reaches the API with these certificates and this proxy; of no effect with
    /// [`Self::transport`], which finds its own way.
    pub fn network(mut self, network: Network) -> Self {
        self.overrides.network = network;
        self
    }

    /// Sends requests through this transport instead of over the network.
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.overrides.transport = Some(transport);
        self
    }

    /// Keeps what outlives the run, such as a refresh token that the server has replaced, below this
    /// directory; without this, below `CONNECTOR_STATE_DIR` or the platform's own state directory.
    pub fn state_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.overrides.state_dir = Some(directory.into());
        self
    }

    /// Stops the run when the token is cancelled: whole pages that were received are committed
    /// where they can be, and the report says how far the run came.
    pub fn cancel_with(mut self, token: CancellationToken) -> Self {
        self.overrides.cancel = token;
        self
    }

    /// Ends the run after this time as [`Self::cancel_with`] does: whatever it is waiting for, a
    /// retry or a rate limit too.
    pub fn max_run_time(mut self, time: Duration) -> Self {
        self.overrides.max_run_time = Some(time);
        self
    }

    /// No more requests than this are on their way at once, in the place of what the connector
    /// says. With 1 a page is asked for when the one before has come.
    pub fn max_concurrency(mut self, requests: usize) -> Self {
        self.overrides.max_concurrency = Some(requests);
        self
    }

    /// Runs it. What goes wrong is in the report; [`Report::into_result`] makes an error of it.
    #[must_use = "a report may hold errors"]
    pub async fn run(self) -> Report {
        let started = Instant::now();
        let spec = self.instance.spec;
        let mut report = Report {
            connector: spec.name,
            destination: String::new(),
            load_id: 0,
            schema_changes: Vec::new(),
            resources: Vec::new(),
            error: None,
            seconds: 0.0,
        };
        if let Err(error) = self.into(&mut report).await {
            error!(target: REPORTED, "{error}");
            report.error = Some(error);
        }
        report.seconds = started.elapsed().as_secs_f64();
        report
    }

    async fn into(self, report: &mut Report) -> Result<()> {
        let spec = self.instance.spec;
        let planned = plan::plan(spec, &self.resources)?;
        let mut destination = match self.destination {
            Some(destination) => destination,
            None => destination::from_text(&format!("{}.db", spec.name))?,
        };
        report.destination = destination.describe();
        let source = Arc::new(Source::open(self.instance, self.overrides)?);
        let loads: Vec<_> = planned.iter().map(|planned| planned.load(spec)).collect();
        let opened = destination.open(&loads).await?;
        report.load_id = opened.load_id;
        report.schema_changes = opened.changes;
        let mut stopped = false;
        for (planned, load) in planned.iter().zip(&loads) {
            // neither an API that was given up nor a destination that fails gets better
            let resource = if stopped || source.is_halted(planned.spec.name) {
                skipped(planned)
            } else {
                let mut one = OneLoad {
                    source: &source,
                    planned,
                    load,
                    load_id: report.load_id,
                    destination: &mut *destination,
                    observer: &self.observer,
                    counts: RowCounts::default(),
                };
                one.run().await
            };
            stopped |= resource.error.as_ref().is_some_and(|error| {
                matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::Destination)
            });
            self.observer.event(&Event::Ended { report: &resource });
            report.resources.push(resource);
        }
        Ok(())
    }
}

fn skipped(planned: &Planned) -> ResourceReport {
    ResourceReport {
        resource: planned.spec.name,
        status: Status::Skipped,
        rows: RowCounts::default(),
        traffic: Default::default(),
        seconds: 0.0,
        unknown_fields: Vec::new(),
        warnings: Vec::new(),
        error: None,
    }
}

/// One resource of a run.
struct OneLoad<'a> {
    source: &'a Arc<Source>,
    planned: &'a Planned,
    load: &'a Load,
    load_id: i64,
    destination: &'a mut dyn Destination,
    observer: &'a Arc<dyn Observer>,
    counts: RowCounts,
}

impl OneLoad<'_> {
    async fn run(&mut self) -> ResourceReport {
        let started = Instant::now();
        let resource = self.planned.spec.name;
        self.observer.event(&Event::Started { resource });
        let mut report = skipped(self.planned);
        let sink = Sink { limits: self.destination.limits(), has_keys: true };
        let outcome = match Pages::new(self.source, self.planned, sink, self.observer.clone()) {
            Ok(mut pages) => {
                let outcome = self.load(&mut pages).await;
                report.traffic = pages.traffic();
                // after an error the rows that would have had a value may not have come
                if outcome.is_ok() {
                    report.warnings = pages.warnings();
                }
                outcome
            }
            Err(error) => Err(error),
        };
        match outcome {
            Ok(status) => report.status = status,
            Err(error) => {
                report.status = failure(&error);
                report.error = Some(error.with_resource(resource));
            }
        }
        report.rows = self.counts;
        report.seconds = started.elapsed().as_secs_f64();
        tell(&report);
        report
    }

    /// Reads every page into the destination.
    async fn load(&mut self, pages: &mut Pages) -> Result<Status> {
        let state = match self.destination.begin(self.load, self.load_id).await? {
            Begun::Ready(state) => state,
            Begun::Busy(by) => return Err(Error::new(ErrorKind::Destination, by)),
        };
        if let Some(state) = state.filter(|state| !state.complete) {
            info!(
                resource = self.planned.spec.name,
                rows = state.rows,
                "the last load did not come to its end; starting over"
            );
        }
        let outcome = self.pump(pages).await;
        let status = match &outcome {
            Ok(()) if pages.incomplete().is_none() => Status::Done,
            Ok(()) => Status::Partial,
            Err(error) => failure(error),
        };
        // where the destination failed, its log is told if that is still possible
        let progress = self.progress(pages, status == Status::Done);
        let error = outcome.as_ref().err().map(ToString::to_string);
        let ended = self.destination.end(Ending::new(status, progress, error)).await;
        self.settle(pages.rows(), ended.as_ref().copied().unwrap_or_default());
        match outcome {
            Err(error) => {
                if let Err(second) = ended {
                    warn!(resource = self.planned.spec.name, "{second}");
                }
                Err(error)
            }
            Ok(()) => {
                ended?;
                self.accept(status, pages)
            }
        }
    }

    /// A table is never replaced by a part of what the API has.
    fn accept(&self, status: Status, pages: &Pages) -> Result<Status> {
        match (status, self.planned.write.disposition, pages.incomplete()) {
            (Status::Partial, WriteDisposition::Replace, Some(reason)) => {
                Err(Error::new(ErrorKind::Paging, format!("{reason}; the table was not replaced")))
            }
            _ => Ok(status),
        }
    }

    /// Pages are fetched and decoded while the rows of earlier ones are written.
    async fn pump(&mut self, pages: &mut Pages) -> Result<()> {
        let mut ready = None;
        loop {
            let write = Self::write(self.destination, ready.take());
            let (filled, written) = tokio::join!(fill(pages), write);
            self.counts = self.counts + written?;
            let progress = self.progress(pages, false);
            let batch = pages.take_batch().map(|batch| (batch, progress));
            if let Err(error) = filled {
                // whole pages that came before the error are good
                self.counts = self.counts + Self::write(self.destination, batch).await?;
                return Err(error);
            }
            if batch.is_none() && pages.is_at_end() {
                return Ok(());
            }
            ready = batch;
        }
    }

    async fn write(
        destination: &mut dyn Destination,
        batch: Option<(RecordBatch, Progress)>,
    ) -> Result<RowCounts> {
        match batch {
            Some((batch, progress)) => destination.write(batch, Vec::new(), progress).await,
            None => Ok(RowCounts::default()),
        }
    }

    fn progress(&self, pages: &Pages, complete: bool) -> Progress {
        let traffic = pages.traffic();
        let state = State {
            version: STATE_VERSION,
            load_id: self.load_id,
            complete,
            rows: pages.rows(),
            pages: traffic.pages,
        };
        Progress::new(state, pages.rows(), traffic)
    }

    /// Every received row is accounted for.
    fn settle(&mut self, received: u64, ended: RowCounts) {
        self.counts = self.counts + ended;
        let RowCounts { inserted, updated, unchanged, .. } = self.counts;
        self.counts.received = received;
        self.counts.discarded = received.saturating_sub(inserted + updated + unchanged);
    }
}

fn failure(error: &Error) -> Status {
    match error.kind() {
        ErrorKind::Interrupted => Status::Interrupted,
        _ => Status::Failed,
    }
}

/// Fetches pages until there is enough to write, or no more.
async fn fill(pages: &mut Pages) -> Result<()> {
    let before = pages.traffic().bytes;
    while pages.waiting_rows() < BATCH_ROWS && pages.traffic().bytes - before < BATCH_BYTES {
        if !pages.advance().await? {
            break;
        }
    }
    Ok(())
}

fn tell(report: &ResourceReport) {
    let ResourceReport { resource, rows, traffic, .. } = report;
    match &report.error {
        Some(error) => error!(target: REPORTED, "{error}"),
        None => info!(
            resource,
            status = report.status.as_str(),
            received = rows.received,
            inserted = rows.inserted,
            updated = rows.updated,
            unchanged = rows.unchanged,
            requests = traffic.requests,
            retries = traffic.retries,
            "loaded"
        ),
    }
    for warning in &report.warnings {
        warn!(target: REPORTED, resource, "{warning}");
    }
}
