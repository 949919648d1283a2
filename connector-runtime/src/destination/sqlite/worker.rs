//! The connection and what happens on it. The only file that names the database driver's
//! connection as its own.

use std::path::{Path, PathBuf};
use std::time::Duration;

use arrow_array::RecordBatch;
use rusqlite::{Connection, ErrorCode, OptionalExtension, Transaction, TransactionBehavior};

use super::catalog;
use super::direct::{Direct, is_direct};
use super::lease::Lease;
use super::stage::Stage;
use crate::destination::sql::{self, Dialect, Space, compare, system};
use crate::destination::{Begun, Ending, Load, Opened, Progress, Reject};
use crate::error::{Error, ErrorKind, Result};
use crate::report::RowCounts;
use crate::spec::WriteDisposition;

/// How long another writer is waited for.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

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

/// What a person can do about an error of the database.
pub(super) fn explain(error: rusqlite::Error) -> Error {
    let (message, help) = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => (
            format!("another process has been writing for {} s", BUSY_TIMEOUT.as_secs()),
            Some("run again when it has finished"),
        ),
        Some(ErrorCode::DiskFull) => {
            ("the disk is full".to_owned(), Some("make room and run again: nothing is lost"))
        }
        // a quota or a limit on file sizes, which is no full disk to SQLite, or a disk that breaks
        Some(ErrorCode::SystemIoFailure) => (
            format!("the disk failed ({error})"),
            Some("is it full, or over a quota? make room and run again: nothing is lost"),
        ),
        Some(ErrorCode::NotADatabase) => (
            "the file is not a SQLite database".to_owned(),
            Some("name another file with `--destination`, or move this one away"),
        ),
        Some(ErrorCode::DatabaseCorrupt) => (
            "the database is damaged".to_owned(),
            Some("restore it from a backup, or move it away and load anew"),
        ),
        Some(ErrorCode::CannotOpen) => (
            "the file cannot be opened or made".to_owned(),
            Some("does its folder exist, and may this user write there?"),
        ),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            ("the file is read-only".to_owned(), Some("may this user write to it?"))
        }
        _ => (error.to_string(), None),
    };
    let error = Error::new(ErrorKind::Destination, message);
    match help {
        Some(help) => error.with_help(help),
        None => error,
    }
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
        let connection = Connection::open(path).map_err(at)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(at)?;
        connection.set_prepared_statement_cache_capacity(16);
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
        let load_id = transaction
            .query_row(&system::next_load_id(space), [], |row| row.get(0))
            .map_err(explain)?;
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
        let way = match is_direct(&load) {
            true => Way::Direct(Direct::new(space, &load, load_id, &mut self.connection)?),
            false => {
                let stage = Stage::new(space, &load, load_id);
                stage.create(&self.connection)?;
                match load.write.waits(load.tables.root()) {
                    true => Way::AtEnd(stage),
                    false => Way::Batches(stage),
                }
            }
        };
        let state = text(&self.connection, &system::read_state(space, &load))?;
        let state = state.map(|json| system::parse_state(&load, &json)).transpose()?;
        let transaction = begin(&mut self.connection)?;
        execute_all(&transaction, &system::start_log(space, &load, load_id))?;
        fail_point!("sqlite.begin.before_commit");
        transaction.commit().map_err(explain)?;
        fail_point!("sqlite.begin.after_commit");
        let visible = RowCounts::default();
        self.load = Some(Running { load, load_id, way, visible, _lease: lease });
        Ok(Begun::Ready(state))
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
        if let Way::AtEnd(stage) = way {
            // the stage is private: others may write meanwhile
            let transaction = self.connection.transaction().map_err(explain)?;
            stage.add(&transaction, load, batch)?;
            fail_point!("sqlite.write.before_commit");
            transaction.commit().map_err(explain)?;
            fail_point!("sqlite.write.after_commit");
            if !rejects.is_empty() {
                let transaction = begin(&mut self.connection)?;
                execute_all(&transaction, &rejects)?;
                transaction.commit().map_err(explain)?;
            }
            return Ok(RowCounts::default());
        }
        let transaction = begin(&mut self.connection)?;
        let counts = match way {
            Way::Direct(direct) => direct.write(&transaction, load, batch)?,
            Way::Batches(stage) | Way::AtEnd(stage) => stage.merge(&transaction, load, batch)?,
        };
        fail_point!("sqlite.write.merged");
        let total = *visible + counts;
        execute_all(&transaction, &rejects)?;
        let state = system::write_state(space, load, *load_id, &progress.state)?;
        let log = system::write_log(space, load, *load_id, &total, progress);
        execute_all(&transaction, &[state, log])?;
        fail_point!("sqlite.write.before_commit");
        transaction.commit().map_err(explain)?;
        fail_point!("sqlite.write.after_commit");
        *visible = total;
        Ok(counts)
    }

    pub(super) fn end(&mut self, ending: &Ending) -> Result<RowCounts> {
        let space = &self.space;
        let mut running = self.load.take().ok_or_else(not_begun)?;
        let Running { load, load_id, way, visible, .. } = &mut running;
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
            let state = system::write_state(space, load, *load_id, &ending.progress.state)?;
            execute_all(&transaction, &[state])?;
        }
        execute_all(&transaction, &[system::end_log(space, load, *load_id, &total, ending)])?;
        fail_point!("sqlite.end.before_commit");
        transaction.commit().map_err(explain)?;
        fail_point!("sqlite.end.after_commit");
        match way {
            Way::Direct(direct) => direct.drop(&self.connection)?,
            Way::AtEnd(stage) | Way::Batches(stage) => stage.drop(&self.connection)?,
        }
        Ok(counts)
    }
}

fn not_begun() -> Error {
    Error::new(ErrorKind::Internal, "BUG: no load was begun")
}

/// Takes the write lock at once: a lock that is taken half-way cannot be waited for.
fn begin(connection: &mut Connection) -> Result<Transaction<'_>> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(explain)
}

fn execute_all(connection: &Connection, statements: &[String]) -> Result<()> {
    statements.iter().try_for_each(|sql| connection.execute_batch(sql)).map_err(explain)
}

/// The only value of a query, if it has a row.
fn text(connection: &Connection, sql: &str) -> Result<Option<String>> {
    connection.query_row(sql, [], |row| row.get(0)).optional().map_err(explain)
}
