//! [`Outcome`]: how a resource ended, and what became of each row.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use tracing::{error, info, warn};

use super::findings::Findings;
use super::node::Common;
use super::pages::Pages;
use super::tally::Counts;
use super::tree::Plot;
use super::writer::{Writer, progress};
use super::{RUN, failure};
use crate::destination::{Ending, Load};
use crate::error::{Error, ErrorKind, Result};
use crate::instance::Instance;
use crate::plan::Planned;
use crate::report::{
    CursorPosition, REPORTED, ResourceReport, RowCounts, SchemaChange, Status, Traffic,
    UnknownField, Wait,
};
use crate::spec::{MergeStrategy, PartitionSpec, PartitionValues, WriteDisposition};
use crate::state::CursorValue;

/// How a resource ends.
pub(super) struct Outcome {
    /// By a clock that nobody sets, and by the other one.
    started: (Instant, Timestamp),
    pub(super) load_id: i64,
    pub(super) status: Status,
    error: Option<Error>,
    rows: RowCounts,
    traffic: Traffic,
    /// That another run was waited for.
    lease: Wait,
    cursor: Option<CursorValue>,
    partitions: u64,
    unknown_fields: Vec<UnknownField>,
    warnings: Vec<String>,
    /// Of columns without a value.
    of_columns: Vec<String>,
    /// Why the scan is not complete.
    incomplete: Option<String>,
    /// Some answer was ignored.
    was_ignored: bool,
    /// All of it was looked at, though some of it may not have been read.
    pub(super) came_to_end: bool,
    /// It has all rows of its resource, and so have those above it.
    pub(super) is_whole: bool,
    /// Rows of its parent did not fit, or were not told.
    lacks_parents: bool,
    /// It has as many rows as were wanted.
    is_limited: bool,
}

/// How the resource ended for whose rows another one is read.
pub(super) struct Above<'a> {
    pub(super) name: &'a str,
    pub(super) status: Status,
    pub(super) came_to_end: bool,
    pub(super) is_whole: bool,
}

/// Of so many rows one may come twice: rows move from page to page while they are read.
const FEW: u64 = 20;
/// Why a child is not whole whose own scans are.
const LACKS_PARENTS: &str =
    "it was not read for all rows of its parent, of which some did not fit or were ignored";

impl Outcome {
    pub(super) fn new() -> Self {
        Self {
            started: (Instant::now(), Timestamp::now()),
            load_id: 0,
            status: Status::Skipped,
            error: None,
            rows: RowCounts::default(),
            traffic: Traffic::default(),
            lease: Wait::default(),
            cursor: None,
            partitions: 0,
            unknown_fields: Vec::new(),
            warnings: Vec::new(),
            of_columns: Vec::new(),
            incomplete: None,
            was_ignored: false,
            came_to_end: false,
            is_whole: true,
            lacks_parents: false,
            is_limited: false,
        }
    }

    /// Something went wrong; what was first is told.
    pub(super) fn fail(&mut self, error: Error) {
        self.status = failure(&error);
        self.error.get_or_insert(error);
    }

    /// It was told to stop, because of another.
    pub(super) fn interrupt(&mut self) {
        if self.error.is_none() {
            self.status = Status::Interrupted;
        }
    }

    /// Another run was waited for.
    pub(super) fn wait(&mut self, time: Duration) {
        self.lease.count += 1;
        self.lease.time += time;
    }

    /// How its load ends, of which nothing was read.
    pub(super) fn given_up(&self) -> Ending {
        let error = self.error.as_ref().map(ToString::to_string);
        let error = error.or(Some("another resource could not be begun".to_owned()));
        let status = if self.error.is_some() { self.status } else { Status::Failed };
        Ending::new(status, progress(Vec::new(), &Counts::default()), error)
    }

    /// What its readers tell.
    pub(super) fn read(
        &mut self,
        pages: &Pages,
        findings: &Findings,
        children: impl Iterator<Item = &'static str>,
    ) {
        self.unknown_fields = pages.unknown_fields();
        self.was_ignored = findings.ignored > 0;
        self.incomplete = findings.incomplete.text.clone();
        self.warnings = findings.warnings().collect();
        self.of_columns = pages.column_warnings();
        for (child, skipped) in children.zip(&findings.skipped).filter(|(_, skipped)| **skipped > 0)
        {
            let rows = match skipped {
                1 => "1 row, which lacks".to_owned(),
                many => format!("{many} rows, which lack"),
            };
            self.warnings.push(format!("`{child}` was not read for {rows} a value that it uses"));
        }
        if let Err(error) = pages.settle() {
            self.fail(error);
        }
    }

    /// A list without an element is told: nothing was read, and perhaps something was meant to be.
    pub(super) fn note_empty_lists(&mut self, instance: &Instance, planned: &Planned) {
        for PartitionSpec { name, values } in planned.spec.partitions {
            if let PartitionValues::Config(field) = values
                && instance.elements(field).is_ok_and(|elements| elements.is_empty())
            {
                let warning = format!(
                    "`{field}` has no element for `partition({name} in ..)`: nothing was read"
                );
                self.warnings.push(warning);
            }
        }
    }

    /// How it ended, as far as its reading goes. `parent`: the name of its parent, and how that ended.
    pub(super) fn decide(&mut self, plot: &Plot, common: &Common, parent: Option<Above<'_>>) {
        let above = parent.as_ref().is_none_or(|parent| parent.came_to_end);
        self.is_limited = common.is_limited();
        self.came_to_end =
            above && !common.halt.is_cancelled() && self.status != Status::Interrupted;
        let is_complete = common.tally.read().quarantined == 0 && !self.was_ignored;
        self.lacks_parents = parent.as_ref().is_some_and(|parent| !parent.is_whole);
        self.is_whole = is_complete && !self.lacks_parents;
        if self.error.is_some() || self.status == Status::Interrupted {
            return;
        }
        self.status = match (&self.incomplete, parent) {
            (Some(_), _) => Status::Partial,
            (None, Some(Above { name, status, .. })) if status != Status::Done => {
                let reason = format!("`{name}`, its parent, was not read to its end");
                self.warnings.push(reason.clone());
                self.incomplete = Some(reason);
                match status {
                    Status::Interrupted => Status::Interrupted,
                    _ => Status::Partial,
                }
            }
            _ => Status::Done,
        };
        if let (None, true, Some(_)) =
            (&self.incomplete, self.lacks_parents, needs_all(&plot.planned))
        {
            self.incomplete = Some(LACKS_PARENTS.to_owned());
        }
        if let (Some(reason), Some(what)) = (&self.incomplete, needs_all(&plot.planned)) {
            self.fail(Error::new(ErrorKind::Paging, format!("{reason}; {what}")));
        }
    }

    /// Ends its load, and accounts for every row.
    pub(super) async fn end(&mut self, writer: &mut Writer<'_>, at: usize, plot: &Plot) {
        if let Err(error) = writer.rest(at).await {
            self.fail(error);
        }
        let desk = &writer.desks[at];
        let counts = desk.common.tally.read();
        self.rows = desk.written;
        self.rows.received = counts.received;
        self.rows.filtered = counts.filtered;
        (self.traffic, self.partitions) = (counts.traffic, counts.partitions);
        self.traffic.waits.lease = self.lease;
        if let Some(load) = &plot.load
            && let Err(error) = self.end_load(writer, at, load).await
        {
            self.fail(error);
        }
        self.cursor = writer.desks[at].reached.position().cloned();
        let RowCounts { inserted, updated, unchanged, deleted, quarantined, .. } = self.rows;
        let kept = inserted + updated + unchanged + deleted + quarantined;
        self.rows.discarded = counts.received.saturating_sub(kept + counts.filtered);
        if self.error.is_none() && matches!(self.status, Status::Done | Status::Partial) {
            self.account();
        }
    }

    async fn end_load(&mut self, writer: &mut Writer<'_>, at: usize, load: &Load) -> Result<()> {
        let removes = self.removes_missing(load);
        let error = self.error.as_ref().map(ToString::to_string);
        let nothing = progress(Vec::new(), &Counts::default());
        let mut ending = Ending::new(self.status, nothing, error);
        ending.remove_missing = removes;
        ending.forget = load.write.refresh;
        let ended = writer.end(at, load, self.came_to_end, ending).await?;
        self.rows = RowCounts {
            received: self.rows.received,
            filtered: self.rows.filtered,
            ..self.rows + ended
        };
        Ok(())
    }

    /// Whether rows that did not come are to go: only when it is known that the API has them no
    /// more.
    fn removes_missing(&mut self, load: &Load) -> bool {
        if load.write.delete_missing.is_none() || !load.publishes(self.status) {
            return false;
        }
        let RowCounts { received, filtered, quarantined, .. } = self.rows;
        let came = received.saturating_sub(filtered + quarantined);
        let reason = if self.status != Status::Done {
            "the scan is not complete".to_owned()
        } else if quarantined > 0 {
            format!("of {received} rows {quarantined} did not fit")
        } else if self.lacks_parents {
            LACKS_PARENTS.to_owned()
        } else if self.was_ignored {
            "the answer was ignored".to_owned()
        } else if came == 0 && !load.write.allow_empty {
            "no row is left, which needs `allow_empty` in `#[resource(..)]`".to_owned()
        } else {
            return true;
        };
        self.warnings.push(format!("rows that did not come were not removed: {reason}"));
        false
    }

    /// Every row of a load that came to its end has one fate, and none is lost.
    fn account(&mut self) {
        if !self.rows.adds_up() || self.rows.discarded > 0 {
            let text = format!("BUG: the rows of the load do not add up: {:?}", self.rows);
            self.fail(Error::new(ErrorKind::Internal, text));
        }
    }

    /// In a table that was made for this load, whatever was there already has come with it. Where many rows of
    /// children have, they are most often of several parents, and the key is unique within each.
    pub(super) fn doubt_key(&mut self, planned: &Planned, made: &[SchemaChange]) {
        let (root, write) = (planned.tables.root(), &planned.write);
        let keeps_one = write.disposition != WriteDisposition::Append
            && write.strategy == MergeStrategy::Upsert
            && planned.spec.parent.is_some()
            && root.key().next().is_some();
        let RowCounts { received, updated, unchanged, .. } = self.rows;
        let again = updated + unchanged;
        let is_new = made.iter().any(|change| change.makes(&root.name));
        if !keeps_one || !is_new || again < (received / FEW).max(1) {
            return;
        }
        self.warnings.push(format!(
            "of {received} rows {again} had the `primary_key` of another one, and one row of each key was kept: is it unique within a parent only? Then the parent's belongs to it, too: `#[column(primary_key, parent = ..)]`"
        ));
    }

    /// What is told of it.
    pub(super) fn report(mut self, planned: &Planned) -> ResourceReport {
        let resource = planned.spec.name;
        let replaces = planned.write.replaces();
        let quarantined = self.rows.quarantined;
        if self.error.is_none() && !self.is_limited {
            // else the rows that would have had a value may not have come
            self.warnings.append(&mut self.of_columns);
        }
        if self.error.is_none() && replaces && quarantined > 0 {
            self.warnings.push(format!(
                "the table was replaced without the {quarantined} rows that do not fit; they are in `_connector_rejects`"
            ));
        }
        let ended = Timestamp::now();
        let cursor = planned.spec.incremental.map(|incremental| incremental.cursor);
        let cursor = cursor.zip(self.cursor);
        let report = ResourceReport {
            resource,
            status: self.status,
            load_id: self.load_id,
            stored: planned.stored,
            partitions: self.partitions,
            limited: self.is_limited,
            rows: self.rows,
            traffic: self.traffic,
            cursor: cursor.map(|(column, at)| CursorPosition::new(column, at, ended)),
            started: self.started.1,
            ended,
            seconds: self.started.0.elapsed().as_secs_f64(),
            unknown_fields: self.unknown_fields,
            warnings: self.warnings,
            error: self.error.map(|error| error.with_resource(resource).advised()),
        };
        tell(&report);
        report
    }
}

/// Why a resource is not loaded by parts of what the API has: a table is never replaced by a part, nor
/// is a part of it.
fn needs_all(planned: &Planned) -> Option<&'static str> {
    if planned.write.refresh {
        return Some("neither rows nor states were replaced");
    }
    if !planned.stored {
        return None;
    }
    match (planned.write.disposition, planned.write.strategy) {
        (WriteDisposition::Replace, _) => Some("the table was not replaced"),
        (WriteDisposition::Merge, MergeStrategy::DeleteInsert { .. }) => {
            Some("no row of the table was replaced")
        }
        _ => None,
    }
}

fn tell(report: &ResourceReport) {
    let ResourceReport { resource, rows, traffic, seconds, .. } = report;
    let status = report.status.as_str();
    match &report.error {
        Some(error) => error!(target: REPORTED, "{error}"),
        None => info!(
            target: RUN,
            resource,
            status,
            received = rows.received,
            inserted = rows.inserted,
            updated = rows.updated,
            unchanged = rows.unchanged,
            requests = traffic.requests,
            retries = traffic.retries,
            bytes = traffic.bytes,
            seconds,
            "loaded"
        ),
    }
    for warning in &report.warnings {
        warn!(target: REPORTED, resource, "{warning}");
    }
}
