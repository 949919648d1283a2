//! The connection and what happens on it. The only file that names the database driver's
//! connection.

use std::path::Path;
use std::time::Duration;

use arrow_array::RecordBatch;
use jiff::Timestamp;
use rusqlite::{
    Connection, ErrorCode, OptionalExtension, Transaction, TransactionBehavior, params,
};

use super::bind::Columns;
use super::changes::Changes;
use super::{sql, table};
use crate::destination::{Ending, Load, Progress};
use crate::error::{Error, ErrorKind, Result};
use crate::report::{RowCounts, Status};
use crate::spec::WriteDisposition;
use crate::state::State;

/// How long another writer is waited for.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);
/// Rows of one statement, where the columns allow it.
const ROWS_PER_INSERT: usize = 100;
/// SQLite's own limit.
const MAX_PARAMETERS: usize = 32_766;

/// An open database.
#[derive(Debug)]
pub(super) struct Worker {
    connection: Connection,
    load: Option<Running>,
}

/// The load that was begun.
#[derive(Debug)]
struct Running {
    load: Load,
    load_id: i64,
    changes: Changes,
    rows_per_insert: usize,
    insert_many: String,
    insert_one: String,
    /// What became visible so far.
    visible: RowCounts,
    /// What the stage holds.
    staged: RowCounts,
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
        connection.execute_batch(sql::SYSTEM_TABLES).map_err(at)?;
        Ok(Self { connection, load: None })
    }

    /// Makes the tables that are missing and refuses those that do not fit. Returns a load id.
    pub(super) fn prepare(&mut self, loads: &[Load]) -> Result<i64> {
        let transaction = begin(&mut self.connection)?;
        for load in loads {
            refuse_foreign(&transaction, load)?;
            if !table::check(&transaction, load)? {
                let create = sql::create_table(&load.tables.root(), load.write.disposition);
                transaction.execute_batch(&create).map_err(explain)?;
            }
        }
        let now = Timestamp::now().as_microsecond();
        let load_id =
            transaction.query_row(sql::NEXT_LOAD_ID, [now], |row| row.get(0)).map_err(explain)?;
        transaction.commit().map_err(explain)?;
        Ok(load_id)
    }

    pub(super) fn begin(&mut self, load: Load, load_id: i64) -> Result<Option<State>> {
        let Load { connector, resource: _, ref tables, write } = load;
        let (table, write_disposition) = (tables.root(), write.disposition);
        if write_disposition != WriteDisposition::Merge {
            let stage = sql::create_stage(table, write_disposition);
            self.connection.execute_batch(&stage).map_err(explain)?;
        }
        let state = self
            .connection
            .query_row(sql::READ_STATE, [connector, table.name.as_str()], |row| row.get::<_, String>(0))
            .optional()
            .map_err(explain)?;
        let state = state.map(|json| {
            serde_json::from_str(&json).map_err(|error| {
                let message = format!("the state of `{}` cannot be read: {error}", table.name.as_str());
                Error::new(ErrorKind::Destination, message)
                    .with_help("was it written by a newer release?")
            })
        });
        let state = state.transpose()?;
        let (database, watched) = match write_disposition {
            WriteDisposition::Merge => ("main", table.name.as_str()),
            WriteDisposition::Append | WriteDisposition::Replace => ("temp", sql::STAGE),
        };
        let changes = Changes::watch(&mut self.connection, database, watched.to_owned());
        let changes = changes.map_err(explain)?;
        let transaction = begin(&mut self.connection)?;
        transaction.execute(sql::CLOSE_LOG, params![connector, table.name.as_str()]).map_err(explain)?;
        transaction
            .execute(sql::START_LOG, params![load_id, connector, table.name.as_str(), now()])
            .map_err(explain)?;
        transaction.commit().map_err(explain)?;
        let rows_per_insert = (MAX_PARAMETERS / table.columns.len()).clamp(1, ROWS_PER_INSERT);
        let insert = |rows| sql::insert(table, write_disposition, load_id, rows);
        self.load = Some(Running {
            rows_per_insert,
            insert_many: insert(rows_per_insert),
            insert_one: insert(1),
            load,
            load_id,
            changes,
            visible: RowCounts::default(),
            staged: RowCounts::default(),
        });
        Ok(state)
    }

    pub(super) fn write(&mut self, batch: &RecordBatch, progress: &Progress) -> Result<RowCounts> {
        let running = self.load.as_mut().ok_or_else(not_begun)?;
        let merged = running.load.write.disposition == WriteDisposition::Merge;
        let transaction = match merged {
            true => begin(&mut self.connection)?,
            // the stage is private: others may write meanwhile
            false => self.connection.transaction().map_err(explain)?,
        };
        insert(&transaction, running, batch)?;
        let (inserted, updated) = running.changes.take();
        // a trigger that updates its own table is counted by SQLite, too
        let updated = updated.min((batch.num_rows() as u64).saturating_sub(inserted));
        let unchanged = (batch.num_rows() as u64).saturating_sub(inserted + updated);
        let counts = RowCounts { inserted, updated, unchanged, ..RowCounts::default() };
        if !merged {
            transaction.commit().map_err(explain)?;
            running.staged = running.staged + counts;
            return Ok(RowCounts::default());
        }
        let visible = running.visible + counts;
        record(&transaction, running, progress)?;
        log(&transaction, running, visible, progress, "running", None)?;
        transaction.commit().map_err(explain)?;
        running.visible = visible;
        Ok(counts)
    }

    pub(super) fn end(&mut self, ending: &Ending) -> Result<RowCounts> {
        let running = self.load.take().ok_or_else(not_begun)?;
        let table = running.load.tables.root();
        let write_disposition = &running.load.write.disposition;
        let publish = match (write_disposition, ending.status) {
            (WriteDisposition::Merge, _) => false,
            (_, Status::Done) => true,
            (WriteDisposition::Append, Status::Partial) => true,
            _ => false,
        };
        let transaction = begin(&mut self.connection)?;
        let mut counts = RowCounts::default();
        if publish {
            if *write_disposition == WriteDisposition::Replace {
                transaction.execute_batch(&sql::delete_all(table)).map_err(explain)?;
            }
            transaction.execute(&sql::publish(table), []).map_err(explain)?;
            counts = running.staged;
        }
        let visible = running.visible + counts;
        // a merge that failed has recorded its state with the last rows that it wrote
        let complete = matches!(ending.status, Status::Done | Status::Partial);
        if publish || (*write_disposition == WriteDisposition::Merge && complete) {
            record(&transaction, &running, &ending.progress)?;
        }
        let error = ending.error.as_deref();
        log(&transaction, &running, visible, &ending.progress, ending.status.as_str(), error)?;
        transaction.commit().map_err(explain)?;
        self.connection.execute_batch(sql::DROP_STAGE).map_err(explain)?;
        Ok(counts)
    }
}

/// Two connectors with a resource of one name would write each other's rows.
fn refuse_foreign(transaction: &Transaction<'_>, load: &Load) -> Result<()> {
    let (connector, table) = (load.connector, load.tables.root());
    let other: Option<String> = transaction
        .query_row(sql::OTHER_CONNECTOR, params![connector, table.name.as_str()], |row| row.get(0))
        .optional()
        .map_err(explain)?;
    let Some(other) = other else { return Ok(()) };
    let message = format!("table `{}` is that of the connector `{other}`", table.name.as_str());
    Err(Error::new(ErrorKind::Destination, message)
        .with_resource(table.name.as_str())
        .with_help("use another destination, or give the resource another name"))
}

fn not_begun() -> Error {
    Error::new(ErrorKind::Internal, "BUG: no load was begun")
}

fn now() -> String {
    format!("{:.6}", Timestamp::now())
}

/// Takes the write lock at once: a lock that is taken half-way cannot be waited for.
fn begin(connection: &mut Connection) -> Result<Transaction<'_>> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(explain)
}

fn insert(transaction: &Transaction<'_>, running: &Running, batch: &RecordBatch) -> Result<()> {
    let table = running.load.tables.root();
    let mut columns = Columns::new(batch, table);
    let width = table.columns.len();
    let whole = batch.num_rows() - batch.num_rows() % running.rows_per_insert;
    let mut many = transaction.prepare_cached(&running.insert_many).map_err(explain)?;
    for start in (0..whole).step_by(running.rows_per_insert) {
        for row in 0..running.rows_per_insert {
            columns.bind(&mut many, row * width, start + row)?;
        }
        many.raw_execute().map_err(explain)?;
    }
    let mut one = transaction.prepare_cached(&running.insert_one).map_err(explain)?;
    for row in whole..batch.num_rows() {
        columns.bind(&mut one, 0, row)?;
        one.raw_execute().map_err(explain)?;
    }
    Ok(())
}

/// The state of the rows that this transaction makes visible.
fn record(transaction: &Transaction<'_>, running: &Running, progress: &Progress) -> Result<()> {
    let state = serde_json::to_string(&progress.state)
        .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))?;
    let (connector, table) = (running.load.connector, running.load.tables.root());
    transaction
        .prepare_cached(sql::WRITE_STATE)
        .and_then(|mut write| write.execute(params![connector, table.name.as_str(), state, running.load_id]))
        .map(drop)
        .map_err(explain)
}

fn log(
    transaction: &Transaction<'_>,
    running: &Running,
    visible: RowCounts,
    progress: &Progress,
    status: &str,
    error: Option<&str>,
) -> Result<()> {
    let ended = (status != "running").then(now);
    let traffic = progress.traffic;
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    transaction
        .prepare_cached(sql::WRITE_LOG)
        .and_then(|mut write| {
            write.execute(params![
                running.load_id,
                running.load.resource,
                status,
                ended,
                count(progress.received),
                count(visible.inserted),
                count(visible.updated),
                count(visible.unchanged),
                count(traffic.pages),
                count(traffic.requests),
                count(traffic.retries),
                count(traffic.bytes),
                error,
            ])
        })
        .map(drop)
        .map_err(explain)
}
