//! Destinations: where rows and state go, together.
//!
//! A destination knows nothing of HTTP. It takes Arrow batches, and with each of them the state and
//! the log entry that belong to it: all three are committed in one transaction.

#[cfg(feature = "sqlite")]
mod sqlite;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use arrow_array::RecordBatch;

use crate::error::{Error, ErrorKind, Result};
use crate::report::{RowCounts, Status, Traffic};
use crate::schema::Table;
use crate::spec::WriteDisposition;
use crate::state::State;

#[cfg(feature = "sqlite")]
pub use sqlite::Sqlite;

/// A boxed future, as the methods of [`Destination`] return it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One resource on its way into one table.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Load {
    /// The connector's name.
    pub connector: &'static str,
    /// The table.
    pub table: Table,
    /// What happens to rows that are there already.
    pub write_disposition: WriteDisposition,
}

/// What is known when rows are committed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Progress {
    /// The state that says which rows are there.
    pub state: State,
    /// Rows received so far.
    pub received: u64,
    /// Requests so far.
    pub traffic: Traffic,
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
}

/// Somewhere to put tables.
///
/// The order of calls is `open`, then for each resource `begin`, any number of `write`s, `end`.
/// When a `write` or `end` returns `Ok`, what it counts is visible to readers and survives the end of
/// the process.
///
/// - Merged rows become visible with each `write`: rows, state and log entry in one transaction.
/// - Appended and replacing rows are staged by `write` and become visible at `end`, all at once,
///   and only if the status is [`Status::Done`] or, appending, [`Status::Partial`].
pub trait Destination: fmt::Debug + Send {
    /// Where it is, for people; without secrets.
    fn describe(&self) -> String;

    /// The largest integer that it can store. A row with a larger one does not fit.
    fn largest_integer(&self) -> u64 {
        u64::MAX
    }

    /// The statement that makes a table.
    fn ddl(&self, table: &Table, write_disposition: WriteDisposition) -> String;

    /// Prepares the tables of a run, before the first request: makes what is missing, and refuses
    /// what does not fit. Returns the run's load id, which is larger than any before.
    fn open<'a>(&'a mut self, loads: &'a [Load]) -> BoxFuture<'a, Result<i64>>;

    /// Begins a load; returns the state that the last load of the resource left.
    fn begin<'a>(
        &'a mut self,
        load: &'a Load,
        load_id: i64,
    ) -> BoxFuture<'a, Result<Option<State>>>;

    /// Takes rows of the load that was begun.
    fn write(&mut self, batch: RecordBatch, progress: Progress)
    -> BoxFuture<'_, Result<RowCounts>>;

    /// Ends the load that was begun. Returns what became visible by this call alone.
    fn end(&mut self, ending: Ending) -> BoxFuture<'_, Result<RowCounts>>;
}

/// The destination that a text names: `sqlite:PATH`, or a path that ends in `.db`, `.sqlite` or
/// `.sqlite3`.
///
/// # Errors
///
/// When the text names none of the destinations that this build has.
pub fn from_text(text: &str) -> Result<Box<dyn Destination>> {
    #[cfg(feature = "sqlite")]
    {
        let path = text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:"));
        let is_file = [".db", ".sqlite", ".sqlite3"].iter().any(|ending| text.ends_with(ending));
        // an address of another kind may end like a file
        let is_file = is_file && !text.contains("://");
        if let Some(path) = path.or(is_file.then_some(text)).filter(|path| !path.is_empty()) {
            return Ok(Box::new(Sqlite::file(path)));
        }
    }
    // the text may hold a password: it is not shown
    let what = match text.split_once("://") {
        Some((scheme, _)) => format!("`{scheme}` is no destination that this program has"),
        None => "the destination is not understood".to_owned(),
    };
    Err(Error::new(ErrorKind::Config, what)
        .with_help("a SQLite file: `sqlite:PATH`, or a path that ends in `.db`"))
}

impl Load {
    pub(crate) fn new(
        connector: &'static str,
        table: Table,
        write_disposition: WriteDisposition,
    ) -> Self {
        Self { connector, table, write_disposition }
    }
}

impl Progress {
    pub(crate) fn new(state: State, received: u64, traffic: Traffic) -> Self {
        Self { state, received, traffic }
    }
}

impl Ending {
    pub(crate) fn new(status: Status, progress: Progress, error: Option<String>) -> Self {
        Self { status, progress, error }
    }
}
