//! Destinations: where rows and state go, together.
//!
//! A destination knows nothing of HTTP. It takes Arrow batches, and with each of them the state and
//! the log entry that belong to it: all three are committed in one transaction.

mod diff;
mod load;
mod named;
#[cfg(feature = "postgres")]
mod postgres;
mod records;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use arrow_array::RecordBatch;

use crate::error::{Error, ErrorKind, Result};
use crate::report::{RowCounts, SchemaChange, Status, Traffic};
use crate::state::State;

pub use diff::{Diff, Remembered};
pub use load::{Load, Part, Write};
pub use named::from_text;
#[cfg(feature = "cli")]
pub(crate) use named::{KNOWN, Settings, named};
#[cfg(feature = "postgres")]
pub use postgres::Postgres;
#[cfg(all(feature = "postgres", feature = "testing"))]
#[doc(hidden)]
pub use postgres::postgres_copy;
pub use records::{LoggedLoad, RejectId, StoredReject, StoredState, Wanted};
#[cfg(feature = "sqlite")]
pub use sqlite::Sqlite;
#[cfg(all(feature = "sqlite", feature = "testing"))]
#[doc(hidden)]
pub use sqlite::SqliteBinding;

/// A boxed future, as the methods of [`Destination`] return it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a destination cannot store. A row with such a value does not fit.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// The largest integer.
    pub largest_integer: u64,
    /// Texts may have the character U+0000.
    pub nul: bool,
    /// The first instant, in microseconds since 1970.
    pub earliest: i64,
    /// JSON is read when it is stored, as PostgreSQL's `jsonb` is. So it has no half characters and
    /// no U+0000 in its strings, numbers in the range of an `f64` with at most 16,383 decimal places,
    /// and no more than 127 lists and objects in each other.
    pub jsonb: bool,
}

/// What [`Destination::open`] found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Opened {
    /// The number of the run, which is larger than any before.
    pub load_id: i64,
    /// What was made or altered.
    pub changes: Vec<SchemaChange>,
}

/// What [`Destination::begin`] found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Begun {
    /// Another run has the lease of the resource; the text says which, as far as that is known.
    Busy(String),
    /// The load has begun.
    Ready {
        /// The number of this load: that of the run, or a larger one where another run has loaded
        /// the resource since.
        load_id: i64,
    },
}

/// Which states of a resource are asked for.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum States<'a> {
    /// Those of these partitions.
    Of(&'a [String]),
    /// Those whose partition begins so.
    Beginning(&'a str),
}

/// What is remembered of a partition from now on; `None`: nothing any more. The partition of a
/// resource as a whole is the empty text; others are texts of up to some thousand bytes, without the
/// character U+0000.
pub type PartitionState = (String, Option<State>);

/// What is known when rows are committed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Progress {
    /// What is remembered; of one partition the last counts.
    pub states: Vec<PartitionState>,
    /// Rows received so far.
    pub received: u64,
    /// Rows that the filter has left out so far.
    pub filtered: u64,
    /// Rows that did not fit, so far.
    pub quarantined: u64,
    /// Requests so far.
    pub traffic: Traffic,
    /// Rows that did not fit and are seen to by the rows that come with this: they go when these
    /// become visible.
    pub settled: Vec<RejectId>,
}

/// A row that does not fit, on its way into `_connector_rejects`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reject {
    /// The partition that it came with; empty where the resource is read as a whole.
    pub partition: String,
    /// The page that it came with, counted from 1 over all scans of the load.
    pub page: u64,
    /// Its place in the page, counted from 1.
    pub row: u64,
    /// The column that does not fit, by its name in the struct, such as `labels[2].color`; a key that
    /// no column takes, by its JSON names, such as `user.login`; empty for the row itself.
    pub path: String,
    /// What was expected and what came.
    pub reason: String,
    /// The row as JSON.
    pub raw: String,
}

/// How a load ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Ending {
    /// The outcome.
    pub status: Status,
    /// What is known at the end.
    pub progress: Progress,
    /// Why it did not succeed.
    pub error: Option<String>,
    /// The scan is complete, and rows that it did not bring are to go as
    /// [`Write::delete_missing`] says.
    pub remove_missing: bool,
    /// All that is remembered of the resource and its partitions is forgotten first; the states that
    /// come with the end are written all the same.
    pub forget: bool,
}

/// Somewhere to put tables.
///
/// The order of calls is `open`, then for each load `begin`, any number of `states`, `write`s and
/// `publish`es, `end`. Several loads may be under way at once, each of another resource, and their calls
/// come in any order. When a `write`, `publish` or `end` returns `Ok`, what it counts is visible to
/// readers and survives the end of the process. It need not survive that of the database: one that
/// crashes may lack the last of them, rows and states alike, and a load that is under way then fails.
///
/// - Rows of a load that [waits for its end](Load::waits) are kept apart by `write` and become visible at
///   `end`, all at once, and only if its status [publishes](Load::publishes) them; or by `publish`, which
///   makes visible what is there so far. The same is true of the states that come with them.
/// - Other rows become visible with each `write`: rows, states and log entry in one transaction. The
///   states of `end` are written, too, whatever its status is.
/// - Rejects that are [settled](Progress::settled) go as states come: in that transaction.
/// - Rows that do not fit are visible with the `write` that brings them, in any case.
///
/// [`stored_states`](Self::stored_states), [`logged_loads`](Self::logged_loads) and
/// [`stored_rejects`](Self::stored_rejects) may be called at any time, without `open` too. They make
/// and alter nothing: no file, no table. Where nothing was ever loaded they find `None`.
///
/// With the feature `testing`, `testing::conformance` has the tests that every destination passes, and
/// says which tables of its own a destination must show and what they hold.
pub trait Destination: fmt::Debug + Send {
    /// Where it is, for people; without secrets.
    fn describe(&self) -> String;

    /// What it cannot store.
    fn limits(&self) -> Limits {
        Limits::NONE
    }

    /// The statements that make the tables of a load, each with a `;` at its end.
    fn ddl(&self, load: &Load) -> String;

    /// Prepares the tables of a run, before the first request: makes what is missing and refuses
    /// what does not fit, as the contract of each load says.
    fn open<'a>(&'a mut self, loads: &'a [Load]) -> BoxFuture<'a, Result<Opened>>;

    /// What [`open`](Self::open) would make or alter, and of which loads something may be remembered; an
    /// error where `open` would refuse, or where what is there cannot be read before it. `None`: it does not tell. It may be called at any time, without
    /// `open`, too, and makes and alters nothing: no file, no table, no lease. Where it tells of a load,
    /// [`states`](Self::states) may be called for it without `open`, and makes and alters nothing either.
    fn diff<'a>(&'a mut self, _loads: &'a [Load]) -> BoxFuture<'a, Result<Option<Diff>>> {
        Box::pin(async { Ok(None) })
    }

    /// Begins a load and takes its lease, which `end` gives back, and the end of the process, too. A
    /// resource as a whole and a part of it exclude each other, different parts do not.
    fn begin<'a>(&'a mut self, load: &'a Load, load_id: i64) -> BoxFuture<'a, Result<Begun>>;

    /// The states of a load, as they were committed: those that are there, in any order. The load was
    /// begun, or [`diff`](Self::diff) has told of it.
    fn states<'a>(
        &'a mut self,
        load: &'a Load,
        states: States<'a>,
    ) -> BoxFuture<'a, Result<Vec<(String, State)>>>;

    /// Takes rows of a load that was begun, a batch of its [`Tables`](crate::schema::Tables); and those that do not fit.
    fn write<'a>(
        &'a mut self,
        load: &'a Load,
        batch: RecordBatch,
        rejects: Vec<Reject>,
        progress: Progress,
    ) -> BoxFuture<'a, Result<RowCounts>>;

    /// Makes rows visible that have waited so far, with the states that came with them and those of
    /// `progress`; the load goes on. Returns what became visible by this call alone. Only what is
    /// appended can be published before the end.
    fn publish<'a>(
        &'a mut self,
        load: &'a Load,
        progress: Progress,
    ) -> BoxFuture<'a, Result<RowCounts>>;

    /// Ends a load that was begun. Returns what became visible by this call alone.
    fn end<'a>(&'a mut self, load: &'a Load, ending: Ending) -> BoxFuture<'a, Result<RowCounts>>;

    /// What is remembered of a connector, in some order of resources and partitions that stays the
    /// same: those behind `after`, which was the last before.
    fn stored_states<'a>(
        &'a mut self,
        _: &'a Wanted,
        _after: Option<&'a StoredState>,
    ) -> BoxFuture<'a, Result<Option<Vec<StoredState>>>> {
        let unreadable = unreadable(&self.describe());
        Box::pin(async { Err(unreadable) })
    }

    /// The log of loads, those with the largest numbers first and of each all resources: those before
    /// the load `before`. The limit counts loads.
    fn logged_loads<'a>(
        &'a mut self,
        _: &'a Wanted,
        _before: Option<i64>,
    ) -> BoxFuture<'a, Result<Option<Vec<LoggedLoad>>>> {
        let unreadable = unreadable(&self.describe());
        Box::pin(async { Err(unreadable) })
    }

    /// Rows that do not fit, by load, resource, page and row: those behind `after`, which was the last
    /// before.
    fn stored_rejects<'a>(
        &'a mut self,
        _: &'a Wanted,
        _after: Option<&'a StoredReject>,
    ) -> BoxFuture<'a, Result<Option<Vec<StoredReject>>>> {
        let unreadable = unreadable(&self.describe());
        Box::pin(async { Err(unreadable) })
    }
}

/// What a destination says that remembers nothing for others.
fn unreadable(name: &str) -> Error {
    Error::new(ErrorKind::Destination, format!("{name}: what it has of a connector cannot be read"))
}

impl Limits {
    /// Stores everything.
    pub const NONE: Self =
        Self { largest_integer: u64::MAX, nul: true, earliest: i64::MIN, jsonb: false };
}

impl Opened {
    /// What was found.
    pub fn new(load_id: i64, changes: Vec<SchemaChange>) -> Self {
        Self { load_id, changes }
    }
}

impl Progress {
    pub(crate) fn new(states: Vec<PartitionState>, received: u64, traffic: Traffic) -> Self {
        Self { states, received, filtered: 0, quarantined: 0, traffic, settled: Vec::new() }
    }
}

impl Ending {
    pub(crate) fn new(status: Status, progress: Progress, error: Option<String>) -> Self {
        Self { status, progress, error, remove_missing: false, forget: false }
    }

    /// The load could not be ended as it was meant to be.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn failed(self, error: &Error) -> Self {
        Self { status: Status::Failed, error: Some(error.to_string()), ..self }
    }
}
