//! The connection and what happens on it. The only file that names the database driver's
//! connection as its own.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use arrow_array::RecordBatch;
use rusqlite::{
    Connection, ErrorCode, OpenFlags, OptionalExtension, Transaction, TransactionBehavior,
};

use super::catalog;
use super::explain::{BUSY_TIMEOUT, explain};
use super::lease::Lease;
use super::records;
use super::running::Running;
use crate::destination::sql::{self, Dialect, Space, system};
use crate::destination::{Begun, Ending, Load, Opened, Progress, Reject, States};
use crate::error::{Error, Result};
use crate::report::RowCounts;
use crate::state::State;

/// Statements of a load that are kept prepared, those of a batch: so many, and so many for each table, which
/// is more than go straight into the tables and through a stage.
const STATEMENTS: usize = 32;
const STATEMENTS_OF_TABLE: usize = 16;
/// Between two attempts at what SQLite does not wait for.
const PAUSE: Duration = Duration::from_millis(20);
/// SQLite's cache, in the negative numbers of KiB that it takes: more than a batch changes, since what
/// does not fit is written before its time.
const CACHE_KIB: i64 = -6_144;

/// An open database.
#[derive(Debug)]
pub(super) struct Worker {
    path: PathBuf,
    space: Space,
    connection: Connection,
    /// The loads that are under way, by their resources.
    loads: HashMap<&'static str, Running>,
    /// How many have begun.
    begun: u64,
}

impl Worker {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let at = |error: rusqlite::Error| at(path, explain(error));
        // a path is a path, whatever it looks like
        let flags = OpenFlags::default() - OpenFlags::SQLITE_OPEN_URI;
        let connection = Connection::open_with_flags(path, flags).map_err(at)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(at)?;
        when_free(|| set_up(&connection)).map_err(at)?;
        let space = Space { dialect: Dialect::Sqlite, schema: "main".to_owned() };
        let path = path.to_owned();
        let mut worker = Self { path, space, connection, loads: HashMap::new(), begun: 0 };
        worker.migrate()?;
        Ok(worker)
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Makes the tables of our own, or brings them up to date.
    fn migrate(&mut self) -> Result<()> {
        let read = system::read_version(&self.space);
        if catalog::version(&self.connection, &read)? == Some(system::VERSION) {
            return Ok(());
        }
        let transaction = begin(&mut self.connection)?;
        // another process may have done it meanwhile
        let version = catalog::version(&transaction, &read)?;
        execute_all(&transaction, &system::migrate(&self.space, version)?)?;
        transaction.commit().map_err(explain)
    }

    /// Makes the tables that are missing and refuses those that do not fit.
    pub(super) fn prepare(&mut self, loads: &[Load]) -> Result<Opened> {
        let space = &self.space;
        sql::check_names(space, loads)?;
        let transaction = begin(&mut self.connection)?;
        let mut changes = Vec::new();
        for load in loads.iter().filter(|load| load.store) {
            let there = Some(&*transaction);
            let migration = catalog::compare(there, there, space, load)?;
            execute_all(&transaction, &migration.statements)?;
            changes.extend(migration.changes);
        }
        let load_id = number(&transaction, &system::next_load_id(space))?;
        fail_point!("sqlite.open.before_commit");
        transaction.commit().map_err(explain)?;
        fail_point!("sqlite.open.after_commit");
        Ok(Opened::new(load_id, changes))
    }

    pub(super) fn begin(&mut self, load: Load, load_id: i64) -> Result<Begun> {
        let space = &self.space;
        if self.loads.contains_key(load.resource) {
            return Err(system::begun_twice(load.resource));
        }
        let Some(lease) = Lease::take(&self.path, &load)? else {
            let since = text(&self.connection, &system::running_since(space, &load))?;
            return Ok(Begun::Busy(system::busy(&load, since.as_deref())));
        };
        let transaction = begin(&mut self.connection)?;
        let overtaken = text(&transaction, &system::is_overtaken(space, &load, load_id))?;
        let load_id = match overtaken {
            Some(_) => number(&transaction, &system::next_load_id(space))?,
            None => load_id,
        };
        execute_all(&transaction, &system::start_log(space, &load, load_id))?;
        fail_point!("sqlite.begin.before_commit");
        transaction.commit().map_err(explain)?;
        fail_point!("sqlite.begin.after_commit");
        let loads = self.loads.values().map(Running::load).chain([&load]);
        let statements = loads.map(statements).sum();
        self.connection.set_prepared_statement_cache_capacity(statements);
        self.begun += 1;
        let running = Running::new(space, load, load_id, self.begun, &mut self.connection, lease)?;
        self.loads.insert(running.resource(), running);
        Ok(Begun::Ready { load_id })
    }

    /// The states of a load, as they were committed.
    pub(super) fn states(
        &mut self,
        resource: &str,
        states: States<'_>,
    ) -> Result<Vec<(String, State)>> {
        let running = self.loads.get(resource).ok_or_else(|| system::not_begun(resource))?;
        running.states(&self.connection, states)
    }

    pub(super) fn write(
        &mut self,
        resource: &str,
        batch: &RecordBatch,
        rejects: &[Reject],
        progress: &Progress,
    ) -> Result<RowCounts> {
        let Self { connection, space, loads, .. } = self;
        let running = loads.get_mut(resource).ok_or_else(|| system::not_begun(resource))?;
        running.write(connection, space, batch, rejects, progress)
    }

    pub(super) fn publish(&mut self, resource: &str, progress: &Progress) -> Result<RowCounts> {
        let Self { connection, space, loads, .. } = self;
        let running = loads.get_mut(resource).ok_or_else(|| system::not_begun(resource))?;
        running.publish(connection, space, progress)
    }

    pub(super) fn end(&mut self, resource: &str, ending: &Ending) -> Result<RowCounts> {
        let Self { connection, space, loads, .. } = self;
        let mut running = loads.remove(resource).ok_or_else(|| system::not_begun(resource))?;
        let ended = running.end(connection, space, ending);
        running.clear(connection);
        ended
    }
}

/// How many statements are kept prepared for a load.
pub(super) fn statements(load: &Load) -> usize {
    STATEMENTS + STATEMENTS_OF_TABLE * load.tables.len()
}

/// The error with the file that it is about.
pub(super) fn at(path: &Path, error: Error) -> Error {
    let message = format!("SQLite file {}: {}", path.display(), error.message());
    Error::new(error.kind(), message).with_any_help(error.into_help())
}

/// How a connection works.
fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    let mode = connection
        .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0))?;
    // where the file system has no shared memory, the old journal needs every write synced
    let synchronous = if mode == "wal" { "NORMAL" } else { "FULL" };
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "cache_size", CACHE_KIB)
}

/// Does what SQLite refuses at once though it could wait: a new file gets its journal by one process, and
/// the others are told that it is busy.
fn when_free<T>(mut attempt: impl FnMut() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    let started = Instant::now();
    loop {
        match attempt() {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && started.elapsed() < BUSY_TIMEOUT =>
            {
                thread::sleep(PAUSE);
            }
            result => return result,
        }
    }
}

/// Takes the write lock at once: a lock that is taken half-way cannot be waited for.
pub(super) fn begin(connection: &mut Connection) -> Result<Transaction<'_>> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(explain)
}

/// Executes statements in their order.
pub(super) fn execute_all(connection: &Connection, statements: &[String]) -> Result<()> {
    statements.iter().try_for_each(|sql| connection.execute_batch(sql)).map_err(explain)
}

/// The number that a statement gives.
fn number(connection: &Connection, sql: &str) -> Result<i64> {
    connection.query_row(sql, [], |row| row.get(0)).map_err(explain)
}

/// The text of the only value of a query, if it has a row.
pub(super) fn text(connection: &Connection, sql: &str) -> Result<Option<String>> {
    let row = connection.query_row(sql, [], |row| Ok(records::text(row.get_ref(0)?)));
    row.optional().map(|row| row.map(Option::unwrap_or_default)).map_err(explain)
}
