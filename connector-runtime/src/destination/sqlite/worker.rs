//! The connection and what happens on it. The only file that names the database driver's
//! connection as its own.

use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior};

use tracing::debug;

use super::catalog;
use super::direct::{Direct, is_direct};
use super::explain::{BUSY_TIMEOUT, explain};
use super::lease::Lease;
use super::stage::Stage;
use crate::destination::sql::{self, Dialect, Space, compare, system};
use crate::destination::{Begun, Ending, Load, Opened, Progress, Reject};
use crate::error::{Error, ErrorKind, Result};
use crate::report::RowCounts;
use crate::spec::WriteDisposition;
use crate::state::State;

/// Statements that are kept prepared: those of a batch, child tables among them.
const STATEMENTS: usize = 128;

/// An open database.
#[derive(Debug)]
pub(super) struct Worker {
    path: PathBuf,
    space: Space,
    connection: Connection,
    load: Option<Running>,
}

/// The load that was begun.
#[derive(Debug)]
struct Running {
    load: Load,
    load_id: i64,
    way: Way,
    /// What became visible so far.
    visible: RowCounts,
    _lease: Lease,
}

/// How rows get into the tables.
#[derive(Debug)]
enum Way {
    /// Straight into the table, row by row.
    Direct(Direct),
    /// Through private tables, batch by batch.
    Batches(Stage),
    /// Through private tables, all at once at the end.
    AtEnd(Stage),
}

impl Worker {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let at = |error: rusqlite::Error| {
            let error = explain(error);
            let message = format!("SQLite file {}: {}", path.display(), error.message());
            let located = Error::new(error.kind(), message);
            match error.help() {
                Some(help) => located.with_help(help),
                None => located,
            }
        };
        // a path is a path, whatever it looks like
        let flags = OpenFlags::default() - OpenFlags::SQLITE_OPEN_URI;
        let connection = Connection::open_with_flags(path, flags).map_err(at)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(at)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        let mode = connection
            .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0))
            .map_err(at)?;
        // where the file system has no shared memory, the old journal needs every write synced
        let synchronous = if mode == "wal" { "NORMAL" } else { "FULL" };
        connection.pragma_update(None, "synchronous", synchronous).map_err(at)?;
        connection.pragma_update(None, "cache_size", -8_192).map_err(at)?;
        let space = Space { dialect: Dialect::Sqlite, schema: "main".to_owned() };
        let mut worker = Self { path: path.to_owned(), space, connection, load: None };
        worker.migrate()?;
        Ok(worker)
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
        for load in loads {
            if let Some(other) = text(&transaction, &system::other_connector(space, load))? {
                return Err(system::foreign(load, &other));
            }
            for table in load.tables.iter() {
                let existing = catalog::table(&transaction, &table.name)?;
                let migration = compare::compare(space, table, &load.write, existing.as_ref())?;
                execute_all(&transaction, &migration.statements)?;
                changes.extend(migration.changes);
            }
        }
        let load_id = number(&transaction, &system::next_load_id(space))?;
        fail_point!("sqlite.open.before_commit");
        transaction.commit().map_err(explain)?;
        fail_point!("sqlite.open.after_commit");
        Ok(Opened::new(load_id, changes))
    }

    pub(super) fn begin(&mut self, load: Load, load_id: i64) -> Result<Begun> {
        let space = &self.space;
        let Some(lease) = Lease::take(&self.path, load.connector, load.resource)? else {
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
        let way = Way::of(space, &load, load_id, &mut self.connection)?;
        let visible = RowCounts::default();
        self.load = Some(Running { load, load_id, way, visible, _lease: lease });
        Ok(Begun::Ready { load_id })
    }

    pub(super) fn write(
        &mut self,
        batch: &RecordBatch,
        rejects: &[Reject],
        progress: &Progress,
    ) -> Result<RowCounts> {
        let space = &self.space;
        let running = self.load.as_mut().ok_or_else(not_begun)?;
        let Running { load, load_id, way, visible, .. } = running;
        let rejects = system::write_rejects(space, load, *load_id, rejects);
        let merging = match way {
            Way::Direct(direct) => Merging::Direct(direct),
            Way::Batches(stage) => Merging::Staged(stage),
            Way::AtEnd(stage) => {
                keep(&mut self.connection, stage, load, batch)?;
                if !rejects.is_empty() {
                    let transaction = begin(&mut self.connection)?;
                    execute_all(&transaction, &rejects)?;
                    transaction.commit().map_err(explain)?;
                }
                return Ok(RowCounts::default());
            }
        };
        let transaction = begin(&mut self.connection)?;
        let counts = match merging {
            Merging::Direct(direct) => direct.write(&transaction, load, batch)?,
            Merging::Staged(stage) => stage.merge(&transaction, load, batch)?,
        };
        fail_point!("sqlite.write.merged");
        let total = *visible + counts;
        execute_all(&transaction, &rejects)?;
        let states = system::write_states(space, load, *load_id, &progress.states)?;
        execute_all(&transaction, &states)?;
        let log = system::write_log(space, load, *load_id, &total, progress);
        execute_all(&transaction, &[log])?;
        fail_point!("sqlite.write.before_commit");
        transaction.commit().map_err(explain)?;
        fail_point!("sqlite.write.after_commit");
        *visible = total;
        Ok(counts)
    }

    /// The state of the resource as a whole.
    pub(super) fn states(&mut self, load: &Load) -> Result<Vec<(String, State)>> {
        let state = text(&self.connection, &system::read_state(&self.space, load))?;
        let state = state.map(|json| system::parse_state(load, &json)).transpose()?;
        Ok(state.into_iter().map(|state| (String::new(), state)).collect())
    }

    pub(super) fn end(&mut self, ending: &Ending) -> Result<RowCounts> {
        let mut running = self.load.take().ok_or_else(not_begun)?;
        let ended = self.publish(&mut running, ending);
        running.way.clear(&mut self.connection);
        ended
    }

    /// Makes visible what has waited, removes what is missing, and ends the log.
    fn publish(&mut self, running: &mut Running, ending: &Ending) -> Result<RowCounts> {
        let space = &self.space;
        let Running { load, load_id, way, visible, .. } = running;
        let transaction = begin(&mut self.connection)?;
        let mut counts = RowCounts::default();
        let complete = load.publishes(ending.status);
        if let (Way::AtEnd(stage), true) = (&mut *way, complete) {
            let replaces = load.write.disposition == WriteDisposition::Replace;
            let empties = replaces && stage.is_empty() && !load.write.allow_empty;
            if empties && stage.table_has_rows(&transaction)? {
                let error = system::would_be_empty(load);
                let failed = ending.clone().failed(&error);
                let log = system::end_log(space, load, *load_id, visible, &failed);
                execute_all(&transaction, &[log])?;
                transaction.commit().map_err(explain)?;
                return Err(error);
            }
            counts = stage.publish(&transaction)?;
            fail_point!("sqlite.end.published");
        }
        if let (Way::AtEnd(stage) | Way::Batches(stage), true) = (&*way, ending.remove_missing) {
            counts = counts + stage.remove_missing(&transaction)?;
        }
        let total = *visible + counts;
        // a merge that failed has recorded its state with the last rows that it wrote
        if complete {
            let states = system::write_states(space, load, *load_id, &ending.progress.states)?;
            execute_all(&transaction, &states)?;
        }
        execute_all(&transaction, &[system::end_log(space, load, *load_id, &total, ending)])?;
        fail_point!("sqlite.end.before_commit");
        transaction.commit().map_err(explain)?;
        fail_point!("sqlite.end.after_commit");
        Ok(counts)
    }
}

impl Way {
    fn of(space: &Space, load: &Load, load_id: i64, connection: &mut Connection) -> Result<Self> {
        if is_direct(load) {
            return Ok(Self::Direct(Direct::new(space, load, load_id, connection)?));
        }
        let stage = Stage::new(space, load, load_id);
        stage.create(connection)?;
        Ok(match load.write.waits(load.tables.root()) {
            true => Self::AtEnd(stage),
            false => Self::Batches(stage),
        })
    }

    /// Takes away what was made for the load. It is private, and ends with the connection anyway:
    /// what was committed is true even if this fails.
    fn clear(self, connection: &mut Connection) {
        let cleared = match self {
            Self::Direct(direct) => direct.clear(connection),
            Self::AtEnd(stage) | Self::Batches(stage) => stage.drop(connection),
        };
        if let Err(error) = cleared {
            debug!("{error}");
        }
    }
}

/// What merges a batch at once.
enum Merging<'a> {
    Direct(&'a mut Direct),
    Staged(&'a mut Stage),
}

/// Keeps a batch for the end. The stage is private: others may write meanwhile.
fn keep(
    connection: &mut Connection,
    stage: &mut Stage,
    load: &Load,
    batch: &RecordBatch,
) -> Result<()> {
    let transaction = connection.transaction().map_err(explain)?;
    stage.add(&transaction, load, batch)?;
    fail_point!("sqlite.write.before_commit");
    transaction.commit().map_err(explain)?;
    fail_point!("sqlite.write.after_commit");
    Ok(())
}

fn not_begun() -> Error {
    Error::new(ErrorKind::Internal, "BUG: no load was begun")
}

/// Takes the write lock at once: a lock that is taken half-way cannot be waited for.
fn begin(connection: &mut Connection) -> Result<Transaction<'_>> {
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
fn text(connection: &Connection, sql: &str) -> Result<Option<String>> {
    let text = |value: ValueRef<'_>| match value {
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Integer(number) => number.to_string(),
        _ => String::new(),
    };
    let row = connection.query_row(sql, [], |row| row.get_ref(0).map(text));
    row.optional().map_err(explain)
}
