//! What a run did: counts, warnings, errors; and how to watch it.

mod look;
mod prometheus;
mod text;
mod traffic;

use std::time::Duration;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

pub(crate) use self::look::Grid;
#[cfg(feature = "cli")]
pub(crate) use self::look::{Look, cut, human_bytes, printable};
#[cfg(feature = "otel")]
pub(crate) use self::prometheus::OUTCOMES;
#[cfg(feature = "cli")]
pub(crate) use self::text::{Complaints, Count, RARE, color};
pub(crate) use self::traffic::{Meter, without_waits};
pub use self::traffic::{Traffic, Wait, WaitReason, Waits};
use crate::error::{Error, ErrorKind};
use crate::state::CursorValue;

/// Target of the log lines that say what the report says, too: who prints the report turns them
/// off.
pub(crate) const REPORTED: &str = "connector_runtime::report";

/// Target of the spans of a run, its resources and its requests: for traces, not for logs.
pub(crate) const SPANS: &str = "connector_runtime::span";

/// What a run did; prints as a table with a line for each resource, then warnings and errors.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The connector's name.
    pub connector: &'static str,
    /// Where the rows went.
    pub destination: String,
    /// The number of the run.
    pub load_id: i64,
    /// What was made or altered in the destination.
    pub schema_changes: Vec<SchemaChange>,
    /// No more rows of each resource than this were loaded, and nothing was remembered of them.
    pub limit: Option<u64>,
    /// The resources were read from their beginning, in the place of what was there.
    pub full_refresh: bool,
    /// One entry a resource, in the order of the run.
    pub resources: Vec<ResourceReport>,
    /// Why the run could not start.
    pub error: Option<Error>,
    /// When it began.
    #[serde(serialize_with = "instant")]
    pub started: Timestamp,
    /// When it ended.
    #[serde(serialize_with = "instant")]
    pub ended: Timestamp,
    /// Wall time in seconds.
    pub seconds: f64,
}

/// An instant, to the millisecond.
fn instant<S: Serializer>(instant: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&format_args!("{instant:.3}"))
}

/// How a resource ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Status {
    /// Every row that the API has is in the destination.
    Done,
    /// What is remembered was edited, and no rows were loaded: in the log only.
    Edited,
    /// It stopped with an error; what had been committed stays and is true.
    Failed,
    /// It was told to stop; what had been committed stays and is true.
    Interrupted,
    /// The API gave less than it had promised; the rest is in the destination.
    Partial,
    /// An earlier resource ended the run.
    Skipped,
}

impl Status {
    /// The status in the load log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Edited => "edited",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::Partial => "partial",
            Self::Skipped => "skipped",
        }
    }
}

/// What happened to one resource.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct ResourceReport {
    /// Its name, which is the table's.
    pub resource: &'static str,
    /// How it ended.
    pub status: Status,
    /// The number that its rows carry in `_load_id`: that of the run, or a larger one where another
    /// run has loaded the resource meanwhile. 0 where it was skipped.
    pub load_id: i64,
    /// Its rows go into its table. Otherwise they are read for its children only.
    pub stored: bool,
    /// Partitions, or rows of its parent, for which it was read; 0 where it has neither.
    pub partitions: u64,
    /// It has as many rows as [`Report::limit`] allows; there may be more.
    pub limited: bool,
    /// What became of the rows.
    #[serde(flatten)]
    pub rows: RowCounts,
    /// What it took to get them.
    #[serde(flatten)]
    pub traffic: Traffic,
    /// How far its cursor has come, where it is loaded incrementally and anything is committed.
    pub cursor: Option<CursorPosition>,
    /// When it began.
    #[serde(serialize_with = "instant")]
    pub started: Timestamp,
    /// When it ended.
    #[serde(serialize_with = "instant")]
    pub ended: Timestamp,
    /// Wall time in seconds.
    pub seconds: f64,
    /// Fields that no column takes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown_fields: Vec<UnknownField>,
    /// What a person should know of a load that succeeded.
    pub warnings: Vec<String>,
    /// Why it did not succeed.
    pub error: Option<Error>,
}

/// How far the cursor of a resource has come: every row up to there is committed. Where a resource has
/// partitions, it is that of the partition which is farthest behind, of those that the run has read.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CursorPosition {
    /// The cursor's column.
    pub column: &'static str,
    /// Its value.
    #[serde(serialize_with = "text_of")]
    pub position: CursorValue,
    /// How many seconds it was behind the clock when the resource ended; `None` where values are no
    /// times.
    pub lag_seconds: Option<f64>,
}

fn text_of<S: Serializer>(value: &CursorValue, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

impl CursorPosition {
    pub(crate) fn new(column: &'static str, position: CursorValue, now: Timestamp) -> Self {
        let lag = position.instant().map(|instant| now.duration_since(instant).as_secs_f64());
        Self { column, position, lag_seconds: lag.map(|lag| (lag * 1e3).round() / 1e3) }
    }
}

/// What is said of a table that was made.
const NEW_TABLE: &str = "new table";

/// What a run made or altered in the destination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SchemaChange {
    /// The table.
    pub table: String,
    /// What was done, such as "new column `note`".
    pub change: String,
}

impl SchemaChange {
    /// A change of a table.
    pub fn new(table: impl Into<String>, change: impl Into<String>) -> Self {
        Self { table: table.into(), change: change.into() }
    }

    /// A table that was made.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn new_table(table: impl Into<String>) -> Self {
        Self::new(table, NEW_TABLE)
    }

    /// Whether it is this table that was made.
    pub(crate) fn makes(&self, table: &str) -> bool {
        self.change == NEW_TABLE && self.table == table
    }
}

/// A field that the API sends and no column takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UnknownField {
    /// Its keys from the row's object, with points between; `labels[].url` in a list.
    pub path: String,
    /// The JSON type of the first value that was not null: `string`, `number`, `boolean`,
    /// `object`, `list`; `null` where there was none.
    pub json_type: &'static str,
    /// How often it came: in how many rows or elements of lists it was, those among them that do not
    /// fit, as far as they were read. `…` counts all keys that are not told by name: those beyond
    /// the first 1,000, and those longer than 256 bytes.
    pub count: u64,
}

/// What became of the received rows: `received = inserted + updated + unchanged + deleted +
/// filtered + quarantined + discarded`. A row is what the API lists: with its children.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RowCounts {
    /// Rows that the API sent.
    pub received: u64,
    /// Rows that were not there before.
    pub inserted: u64,
    /// Rows that were there with other values.
    pub updated: u64,
    /// Rows that changed nothing: they were there with the same values, or what is there is newer,
    /// or comes from a row of the same key in the same load.
    pub unchanged: u64,
    /// Rows that say they are deleted, and whose row was there.
    pub deleted: u64,
    /// Rows that the filter left out.
    pub filtered: u64,
    /// Rows that do not fit and went to `_connector_rejects`.
    pub quarantined: u64,
    /// Rows of a load that ended before they could be committed.
    pub discarded: u64,
    /// Rows of the table that no received row speaks of, and that went or were marked as deleted:
    /// missing in a complete scan, or replaced.
    pub removed: u64,
}

impl RowCounts {
    /// Whether every received row is counted once.
    pub fn adds_up(&self) -> bool {
        let Self { received, inserted, updated, unchanged, deleted, .. } = *self;
        let kept = inserted + updated + unchanged + deleted;
        received == kept + self.filtered + self.quarantined + self.discarded
    }
}

impl std::ops::Add for RowCounts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            received: self.received + other.received,
            inserted: self.inserted + other.inserted,
            updated: self.updated + other.updated,
            unchanged: self.unchanged + other.unchanged,
            deleted: self.deleted + other.deleted,
            filtered: self.filtered + other.filtered,
            quarantined: self.quarantined + other.quarantined,
            discarded: self.discarded + other.discarded,
            removed: self.removed + other.removed,
        }
    }
}

impl Report {
    /// The report of a run that begins.
    pub(crate) fn begun(connector: &'static str, started: Timestamp) -> Self {
        Self {
            connector,
            destination: String::new(),
            load_id: 0,
            schema_changes: Vec::new(),
            limit: None,
            full_refresh: false,
            resources: Vec::new(),
            error: None,
            started,
            ended: started,
            seconds: 0.0,
        }
    }

    /// The report of a run that could not begin.
    #[cfg(feature = "cli")]
    pub(crate) fn failed(connector: &'static str, started: Timestamp, error: Error) -> Self {
        let ended = Timestamp::now();
        // by a clock that somebody may set meanwhile
        let seconds = ended.duration_since(started).as_secs_f64().max(0.0);
        Self { error: Some(error.advised()), ended, seconds, ..Self::begun(connector, started) }
    }

    /// The first error of the run, or of a resource.
    pub fn first_error(&self) -> Option<&Error> {
        self.error.as_ref().or_else(|| self.resources.iter().find_map(|r| r.error.as_ref()))
    }

    /// Whether every resource is done.
    pub fn is_done(&self) -> bool {
        self.error.is_none() && self.resources.iter().all(|r| r.status == Status::Done)
    }

    /// The report, unless something failed.
    ///
    /// # Errors
    ///
    /// The first error. A partial resource is an error of kind [`ErrorKind::Paging`].
    pub fn into_result(mut self) -> Result<Self, Error> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        for resource in &mut self.resources {
            if let Some(error) = resource.error.take() {
                return Err(error);
            }
            if resource.status == Status::Partial {
                let text = resource.warnings.join("; ");
                return Err(Error::new(ErrorKind::Paging, text).with_resource(resource.resource));
            }
        }
        Ok(self)
    }
}

/// Something that happened during a run.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A resource begins: once, however many partitions or parents it is read for.
    Started {
        /// Its name.
        resource: &'static str,
    },
    /// A page has come and was decoded.
    Page {
        /// The resource's name.
        resource: &'static str,
        /// Rows received so far, for all partitions and parents.
        rows: u64,
        /// Rows that the API says there are; nobody knows where there are partitions or parents.
        total: Option<u64>,
        /// Pages that these are, if all are as large as the largest so far.
        total_pages: Option<u64>,
        /// Pages, requests, retries, waits and bytes so far.
        traffic: Traffic,
    },
    /// A request waits: it failed and is tried again, or a rate limit is kept. Waits for a rate
    /// limit are told from one second on.
    Waiting {
        /// The resource's name.
        resource: &'static str,
        /// What kind of wait it is.
        why: WaitReason,
        /// How long.
        wait: Duration,
        /// The same in words: what the API has answered, for one.
        reason: &'a str,
    },
    /// A resource ended.
    Ended {
        /// What happened.
        report: &'a ResourceReport,
    },
}

/// Watches a run.
pub trait Observer: Send + Sync {
    /// Takes note. Called from the run itself: be quick.
    fn event(&self, event: &Event<'_>);
}

/// Watches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Unobserved;

impl Observer for Unobserved {
    fn event(&self, _: &Event<'_>) {}
}
