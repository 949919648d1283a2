//! One resource of a run: pages of the source into the destination, and what became of each row.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow_array::RecordBatch;
use tracing::{error, info, warn};

use super::pages::{Pages, Sink};
use super::source::Source;
use crate::destination::{Begun, Destination, Ending, Load, Progress, Reject, States};
use crate::error::{Error, ErrorKind, Result};
use crate::instance::Bindings;
use crate::plan::Planned;
use crate::report::{Event, Observer, REPORTED, ResourceReport, RowCounts, Status};
use crate::schema::arrow_schema;
use crate::spec::{MergeStrategy, WriteDisposition};
use crate::state::{STATE_VERSION, State};

/// Rows that are written together.
const BATCH_ROWS: usize = 8_192;
/// Bytes of page bodies whose rows are written together, however few rows they are.
const BATCH_BYTES: u64 = 4 << 20;
/// How often a lease is asked for that another run has.
const LEASE_INTERVAL: Duration = Duration::from_millis(500);

pub(super) fn skipped(planned: &Planned) -> ResourceReport {
    ResourceReport {
        resource: planned.spec.name,
        status: Status::Skipped,
        load_id: 0,
        stored: planned.stored,
        partitions: 0,
        rows: RowCounts::default(),
        traffic: Default::default(),
        seconds: 0.0,
        unknown_fields: Vec::new(),
        warnings: Vec::new(),
        error: None,
    }
}

/// One resource of a run.
pub(super) struct OneLoad<'a> {
    pub(super) source: &'a Arc<Source>,
    pub(super) planned: &'a Planned,
    pub(super) load: &'a Load,
    pub(super) load_id: i64,
    pub(super) destination: &'a mut dyn Destination,
    pub(super) observer: &'a Arc<dyn Observer>,
    /// How long another run is waited for.
    pub(super) lease_timeout: Duration,
    pub(super) counts: RowCounts,
    /// Why rows that did not come were kept.
    pub(super) kept: Option<String>,
}

impl OneLoad<'_> {
    pub(super) async fn run(&mut self) -> ResourceReport {
        let started = Instant::now();
        let resource = self.planned.spec.name;
        self.observer.event(&Event::Started { resource });
        let mut report = skipped(self.planned);
        let sink = Sink { limits: self.destination.limits(), has_keys: true, takes_rejects: true };
        let pages = Pages::new(self.source, self.planned, sink, self.observer.clone());
        let begun = pages.and_then(|mut pages| pages.begin(Bindings::NONE, None).map(|()| pages));
        let outcome = match begun {
            Ok(mut pages) => {
                let outcome = self.load(&mut pages).await;
                report.traffic = pages.traffic();
                report.unknown_fields = pages.unknown_fields();
                // after an error the rows that would have had a value may not have come
                if outcome.is_ok() {
                    report.warnings = pages.warnings();
                    report.warnings.extend(self.kept.take());
                    report.warnings.extend(self.lacks(&pages));
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
        report.load_id = self.load_id;
        report.rows = self.counts;
        report.seconds = started.elapsed().as_secs_f64();
        tell(&report);
        report
    }

    /// Reads every page into the destination.
    async fn load(&mut self, pages: &mut Pages) -> Result<Status> {
        let state = self.begin().await?;
        if let Some(state) = state.filter(|state| !state.complete) {
            info!(
                resource = self.planned.spec.name,
                rows = state.rows,
                "the last load did not come to its end; starting over"
            );
        }
        let outcome = self.pump(pages).await.and_then(|()| self.accept(pages));
        let status = match &outcome {
            Ok(()) if pages.incomplete().is_none() => Status::Done,
            Ok(()) => Status::Partial,
            Err(error) => failure(error),
        };
        // where the destination failed, its log is told if that is still possible
        let progress = self.progress(pages, status == Status::Done);
        let error = outcome.as_ref().err().map(ToString::to_string);
        let mut ending = Ending::new(status, progress, error);
        ending.remove_missing = self.removes_missing(status, pages);
        let ended = self.destination.end(self.load, ending).await;
        self.settle(pages, ended.as_ref().copied().unwrap_or_default());
        match outcome {
            Err(error) => {
                if let Err(second) = ended {
                    warn!(resource = self.planned.spec.name, "{second}");
                }
                Err(error)
            }
            Ok(()) => {
                ended?;
                self.account()?;
                Ok(status)
            }
        }
    }

    /// Begins the load, as soon as no other run has its lease.
    async fn begin(&mut self) -> Result<Option<State>> {
        let resource = self.planned.spec.name;
        let started = Instant::now();
        loop {
            let busy = match self.destination.begin(self.load, self.load_id).await? {
                Begun::Ready { load_id } => {
                    self.load_id = load_id;
                    let whole = [String::new()];
                    let states = self.destination.states(self.load, States::Of(&whole)).await?;
                    return Ok(states.into_iter().next().map(|(_, state)| state));
                }
                Begun::Busy(busy) => busy,
            };
            let left = self.lease_timeout.saturating_sub(started.elapsed());
            if left.is_zero() {
                return Err(Error::new(ErrorKind::Destination, busy).with_help(
                    "run again when it has finished, or wait longer: `--lease-timeout`",
                ));
            }
            let wait = left.min(LEASE_INTERVAL);
            self.source.client.pause(wait, &busy, resource, &**self.observer).await?;
        }
    }

    /// A table is never replaced by a part of what the API has, nor is a part of it.
    fn accept(&self, pages: &Pages) -> Result<()> {
        let Some(reason) = pages.incomplete() else { return Ok(()) };
        let what = match (self.load.write.disposition, self.load.write.strategy) {
            (WriteDisposition::Replace, _) => "the table was not replaced",
            (WriteDisposition::Merge, MergeStrategy::DeleteInsert { .. }) => {
                "no row of the table was replaced"
            }
            _ => return Ok(()),
        };
        Err(Error::new(ErrorKind::Paging, format!("{reason}; {what}")))
    }

    /// Whether rows that did not come are to go: only when it is known that the API has them no
    /// more.
    fn removes_missing(&mut self, status: Status, pages: &Pages) -> bool {
        if self.load.write.delete_missing.is_none() || !self.load.publishes(status) {
            return false;
        }
        let quarantined = pages.quarantined();
        let came = pages.rows() - pages.filtered() - quarantined;
        let reason = if status != Status::Done {
            "the scan is not complete".to_owned()
        } else if quarantined > 0 {
            format!("of {} rows {quarantined} did not fit", pages.rows())
        } else if pages.was_ignored() {
            "the answer was ignored".to_owned()
        } else if came == 0 && !self.load.write.allow_empty {
            "no row is left, which needs `allow_empty` in `#[resource(..)]`".to_owned()
        } else {
            return true;
        };
        self.kept = Some(format!("rows that did not come were not removed: {reason}"));
        false
    }

    /// What a table lacks that was replaced.
    fn lacks(&self, pages: &Pages) -> Option<String> {
        let replaces = self.load.write.disposition == WriteDisposition::Replace;
        let rows = pages.quarantined();
        (replaces && rows > 0).then(|| {
            format!("the table was replaced without the {rows} rows that do not fit; they are in `_connector_rejects`")
        })
    }

    /// Pages are fetched and decoded while the rows of earlier ones are written.
    async fn pump(&mut self, pages: &mut Pages) -> Result<()> {
        let mut ready = None;
        loop {
            let (filled, written) = tokio::join!(fill(pages), self.write(ready.take()));
            written?;
            let (batch, taken) = self.take(pages);
            if let Err(error) = taken.and(filled) {
                // whole pages that came before the error are good
                self.write(batch).await?;
                return Err(error);
            }
            if batch.is_none() && pages.is_at_end() {
                return pages.settle();
            }
            ready = batch;
        }
    }

    /// What the pages since the last call have brought, if it was anything. Where `map` fails,
    /// these are the rows that do not fit.
    fn take(&self, pages: &mut Pages) -> (Option<Batch>, Result<()>) {
        let (rows, taken) = match pages.take_batch() {
            Ok(rows) => (rows, Ok(())),
            Err(error) => (None, Err(error)),
        };
        let rejects = pages.take_rejects();
        if rows.is_none() && rejects.is_empty() {
            return (None, taken);
        }
        let none = || RecordBatch::new_empty(arrow_schema(self.planned.spec.fields));
        let progress = self.progress(pages, false);
        (Some(Batch { rows: rows.unwrap_or_else(none), rejects, progress }), taken)
    }

    async fn write(&mut self, batch: Option<Batch>) -> Result<()> {
        let Some(Batch { rows, rejects, progress }) = batch else { return Ok(()) };
        let quarantined = rejects.len() as u64;
        let written = self.destination.write(self.load, rows, rejects, progress).await?;
        self.counts = self.counts + RowCounts { quarantined, ..written };
        Ok(())
    }

    fn progress(&self, pages: &Pages, complete: bool) -> Progress {
        let traffic = pages.traffic();
        let state = State {
            version: STATE_VERSION,
            load_id: self.load_id,
            complete,
            rows: pages.rows(),
            pages: traffic.pages,
            ..State::default()
        };
        Progress {
            filtered: pages.filtered(),
            quarantined: pages.quarantined(),
            ..Progress::new(vec![(String::new(), Some(state))], pages.rows(), traffic)
        }
    }

    /// Every received row is accounted for.
    fn settle(&mut self, pages: &Pages, ended: RowCounts) {
        self.counts = self.counts + ended;
        let RowCounts { inserted, updated, unchanged, deleted, quarantined, .. } = self.counts;
        let kept = inserted + updated + unchanged + deleted + quarantined;
        self.counts.filtered = pages.filtered();
        self.counts.received = pages.rows();
        self.counts.discarded = pages.rows().saturating_sub(kept + pages.filtered());
    }

    /// Every row of a load that came to its end has one fate, and none is lost.
    fn account(&self) -> Result<()> {
        if self.counts.adds_up() && self.counts.discarded == 0 {
            return Ok(());
        }
        let text = format!("BUG: the rows of the load do not add up: {:?}", self.counts);
        Err(Error::new(ErrorKind::Internal, text))
    }
}

/// What is committed together.
struct Batch {
    rows: RecordBatch,
    rejects: Vec<Reject>,
    progress: Progress,
}

pub(super) fn failure(error: &Error) -> Status {
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
