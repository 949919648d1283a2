//! SQLite: one file, nothing to install.

mod bind;
mod catalog;
mod changes;
mod diff;
mod direct;
mod explain;
mod insert;
mod lease;
mod look;
mod nested;
mod records;
mod running;
mod same;
mod same_lists;
mod stage;
mod states;
mod walk;
mod worker;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use arrow_array::RecordBatch;

use super::sql::{Dialect, Space, ddl, system};
use super::{
    Begun, BoxFuture, Destination, Diff, Ending, Limits, Load, LoggedLoad, Opened, Progress,
    Reject, States, StoredReject, StoredState, Wanted,
};
use crate::error::{Error, ErrorKind, Result};
use crate::report::RowCounts;
use crate::state::State;
#[cfg(feature = "testing")]
pub use bind::SqliteBinding;
use states::Owner;
use system::records::Texts;
use worker::Worker;

/// A SQLite database file.
///
/// Tables are `STRICT`: a column holds values of its type only. Instants, dates, times and UUIDs
/// are text that sorts and compares as it should, decimals text with all their digits; booleans are 0 and 1. The file is in
/// WAL mode: readers see whole commits and are never in the way.
///
/// ```
/// use connector_runtime::destination::Sqlite;
///
/// let destination = Sqlite::file("example.db");
/// ```
#[derive(Debug)]
pub struct Sqlite {
    path: PathBuf,
    /// Opened by the first call that needs it. Every call runs where blocking is allowed.
    worker: Arc<Mutex<Option<Worker>>>,
}

impl Sqlite {
    /// The database in this file, which is made when it is not there.
    pub fn file(path: impl AsRef<Path>) -> Self {
        Self { path: path.as_ref().to_owned(), worker: Arc::default() }
    }

    fn blocking<'a, T: Send + 'static>(
        &'a mut self,
        work: impl FnOnce(&mut Worker) -> Result<T> + Send + 'static,
    ) -> BoxFuture<'a, Result<T>> {
        let worker = self.worker.clone();
        let path = self.path.clone();
        let task = tokio::task::spawn_blocking(move || {
            let mut worker = worker.lock().map_err(|_| stopped())?;
            let worker = match &mut *worker {
                Some(worker) => worker,
                none => none.insert(Worker::open(&path)?),
            };
            work(worker)
        });
        Box::pin(async move { task.await.map_err(|_| stopped())? })
    }

    /// Reads tables of our own, and makes of their rows what they mean.
    fn read<'a, T: Send + 'static>(
        &'a mut self,
        query: String,
        parse: fn(Vec<Texts>) -> Result<Vec<T>>,
    ) -> BoxFuture<'a, Result<Option<Vec<T>>>> {
        let worker = self.worker.clone();
        let path = self.path.clone();
        let task = tokio::task::spawn_blocking(move || {
            let worker = worker.lock().map_err(|_| stopped())?;
            let rows = records::read(&path, worker.as_ref(), &space(), &query)?;
            rows.map(parse).transpose()
        });
        Box::pin(async move { task.await.map_err(|_| stopped())? })
    }
}

fn space() -> Space {
    Space { dialect: Dialect::Sqlite, schema: "main".to_owned() }
}

/// A partition is found by its whole text.
fn itself(partition: &str) -> Cow<'_, str> {
    Cow::Borrowed(partition)
}

fn stopped() -> Error {
    Error::new(ErrorKind::Internal, "BUG: the SQLite writer stopped in the middle")
}

impl Destination for Sqlite {
    fn describe(&self) -> String {
        format!("SQLite file {}", self.path.display())
    }

    fn limits(&self) -> Limits {
        Limits { largest_integer: i64::MAX as u64, ..Limits::NONE }
    }

    fn ddl(&self, load: &Load) -> String {
        ddl::script(&space(), load)
    }

    fn open<'a>(&'a mut self, loads: &'a [Load]) -> BoxFuture<'a, Result<Opened>> {
        let loads = loads.to_vec();
        self.blocking(move |worker| worker.prepare(&loads))
    }

    fn diff<'a>(&'a mut self, loads: &'a [Load]) -> BoxFuture<'a, Result<Option<Diff>>> {
        let (worker, path, loads) = (self.worker.clone(), self.path.clone(), loads.to_vec());
        let task = tokio::task::spawn_blocking(move || {
            let worker = worker.lock().map_err(|_| stopped())?;
            diff::diff(&path, worker.as_ref(), &space(), &loads)
        });
        Box::pin(async move { task.await.map_err(|_| stopped())?.map(Some) })
    }

    fn begin<'a>(&'a mut self, load: &'a Load, load_id: i64) -> BoxFuture<'a, Result<Begun>> {
        let load = load.clone();
        self.blocking(move |worker| worker.begin(load, load_id))
    }

    fn states<'a>(
        &'a mut self,
        load: &'a Load,
        states: States<'a>,
    ) -> BoxFuture<'a, Result<Vec<(String, State)>>> {
        let (worker, path, of) = (self.worker.clone(), self.path.clone(), Owner::of(load));
        let read = move |states: States<'_>| {
            let mut worker = worker.lock().map_err(|_| stopped())?;
            match &mut *worker {
                Some(worker) => worker.states(of.resource, states),
                None => look::states(&path, of, states),
            }
        };
        let task = match states {
            States::Of(partitions) => {
                let partitions = partitions.to_vec();
                tokio::task::spawn_blocking(move || read(States::Of(&partitions)))
            }
            States::Beginning(prefix) => {
                let prefix = prefix.to_owned();
                tokio::task::spawn_blocking(move || read(States::Beginning(&prefix)))
            }
        };
        Box::pin(async move { task.await.map_err(|_| stopped())? })
    }

    fn write<'a>(
        &'a mut self,
        load: &'a Load,
        batch: RecordBatch,
        rejects: Vec<Reject>,
        progress: Progress,
    ) -> BoxFuture<'a, Result<RowCounts>> {
        let resource = load.resource;
        self.blocking(move |worker| worker.write(resource, &batch, &rejects, &progress))
    }

    fn publish<'a>(
        &'a mut self,
        load: &'a Load,
        progress: Progress,
    ) -> BoxFuture<'a, Result<RowCounts>> {
        let resource = load.resource;
        self.blocking(move |worker| worker.publish(resource, &progress))
    }

    fn end<'a>(&'a mut self, load: &'a Load, ending: Ending) -> BoxFuture<'a, Result<RowCounts>> {
        let resource = load.resource;
        self.blocking(move |worker| worker.end(resource, &ending))
    }

    fn stored_states<'a>(
        &'a mut self,
        wanted: &'a Wanted,
        after: Option<&'a StoredState>,
    ) -> BoxFuture<'a, Result<Option<Vec<StoredState>>>> {
        let query = system::records::states(&space(), wanted, after, "\"partition\"", itself);
        self.read(query, system::records::states_of)
    }

    fn logged_loads<'a>(
        &'a mut self,
        wanted: &'a Wanted,
        before: Option<i64>,
    ) -> BoxFuture<'a, Result<Option<Vec<LoggedLoad>>>> {
        let query = system::records::loads(&space(), wanted, before);
        self.read(query, system::records::loads_of)
    }

    fn stored_rejects<'a>(
        &'a mut self,
        wanted: &'a Wanted,
        after: Option<&'a StoredReject>,
    ) -> BoxFuture<'a, Result<Option<Vec<StoredReject>>>> {
        let query = system::records::rejects(&space(), wanted, after);
        self.read(query, system::records::rejects_of)
    }
}
