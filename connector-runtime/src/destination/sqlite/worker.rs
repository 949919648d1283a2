//! The connection and what happens on it. The only file that names the database driver's
//! connection.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arrow_array::RecordBatch;
use jiff::Timestamp;
use rusqlite::hooks::Action;
use rusqlite::{
    Connection, ErrorCode, OptionalExtension, Transaction, TransactionBehavior, params,
};

use super::bind::Columns;
use super::sql;
use crate::destination::{Ending, Load, Progress};
use crate::error::{Error, ErrorKind, Result};
use crate::report::{RowCounts, Status};
use crate::schema::LOAD_ID;
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
    changes: Arc<Changes>,
    load: Option<Running>,
}

/// What SQLite says it did, row by row: the counts are its own.
#[derive(Debug, Default)]
struct Changes {
    inserted: AtomicU64,
    updated: AtomicU64,
}

impl Changes {
    fn take(&self) -> (u64, u64) {
        (self.inserted.swap(0, Ordering::Relaxed), self.updated.swap(0, Ordering::Relaxed))
    }
}

/// The load that was begun.
#[derive(Debug)]
struct Running {
    load: Load,
    load_id: i64,
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
        let mut connection = Connection::open(path).map_err(at)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(at)?;
        connection.set_prepared_statement_cache_capacity(16);
        let journal = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
        connection.pragma_update_and_check(None, "journal_mode", "WAL", journal).map_err(at)?;
        connection.pragma_update(None, "synchronous", "NORMAL").map_err(at)?;
        connection.pragma_update(None, "cache_size", -8_192).map_err(at)?;
        connection.execute_batch(sql::SYSTEM_TABLES).map_err(at)?;
        let changes = Arc::new(Changes::default());
        let counter = changes.clone();
        connection
            .update_hook(Some(move |action, _: &str, _: &str, _| {
                let count = match action {
                    Action::SQLITE_INSERT => &counter.inserted,
                    Action::SQLITE_UPDATE => &counter.updated,
                    _ => return,
                };
                count.fetch_add(1, Ordering::Relaxed);
            }))
            .map_err(at)?;
        Ok(Self { connection, changes, load: None })
    }

    /// Makes the tables that are missing and refuses those that do not fit. Returns a load id.
    pub(super) fn prepare(&mut self, loads: &[Load]) -> Result<i64> {
        let transaction = begin(&mut self.connection)?;
        for load in loads {
            let existing = existing_columns(&transaction, load.table.name)?;
            if existing.is_empty() {
                let create = sql::create_table(&load.table, load.write_disposition);
                transaction.execute_batch(&create).map_err(explain)?;
            } else {
                check_table(load, &existing)?;
            }
        }
        let now = Timestamp::now().as_microsecond();
        let load_id =
            transaction.query_row(sql::NEXT_LOAD_ID, [now], |row| row.get(0)).map_err(explain)?;
        transaction.commit().map_err(explain)?;
        Ok(load_id)
    }

    pub(super) fn begin(&mut self, load: Load, load_id: i64) -> Result<Option<State>> {
        let Load { connector, ref table, write_disposition } = load;
        if write_disposition != WriteDisposition::Merge {
            let stage = sql::create_stage(table, write_disposition);
            self.connection.execute_batch(&stage).map_err(explain)?;
        }
        let state = self
            .connection
            .query_row(sql::READ_STATE, [connector, table.name], |row| row.get::<_, String>(0))
            .optional()
            .map_err(explain)?;
        let state = state.map(|json| {
            serde_json::from_str(&json).map_err(|error| {
                let message = format!("the state of `{}` cannot be read: {error}", table.name);
                Error::new(ErrorKind::Destination, message)
                    .with_help("was it written by a newer release?")
            })
        });
        let state = state.transpose()?;
        self.connection
            .execute(sql::START_LOG, params![load_id, connector, table.name, now()])
            .map_err(explain)?;
        let rows_per_insert = (MAX_PARAMETERS / table.columns.len()).clamp(1, ROWS_PER_INSERT);
        let insert = |rows| sql::insert(table, write_disposition, load_id, rows);
        self.load = Some(Running {
            rows_per_insert,
            insert_many: insert(rows_per_insert),
            insert_one: insert(1),
            load,
            load_id,
            visible: RowCounts::default(),
            staged: RowCounts::default(),
        });
        Ok(state)
    }

    pub(super) fn write(&mut self, batch: &RecordBatch, progress: &Progress) -> Result<RowCounts> {
        let running = self.load.as_mut().ok_or_else(not_begun)?;
        let transaction = begin(&mut self.connection)?;
        self.changes.take();
        insert(&transaction, running, batch)?;
        let (inserted, updated) = self.changes.take();
        let unchanged = batch.num_rows() as u64 - inserted - updated;
        let counts = RowCounts { inserted, updated, unchanged, ..RowCounts::default() };
        if running.load.write_disposition != WriteDisposition::Merge {
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
        let Load { table, write_disposition, .. } = &running.load;
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
        let merged = *write_disposition == WriteDisposition::Merge;
        if publish || merged {
            record(&transaction, &running, &ending.progress)?;
        }
        let error = ending.error.as_deref();
        log(&transaction, &running, visible, &ending.progress, ending.status.as_str(), error)?;
        transaction.commit().map_err(explain)?;
        self.connection.execute_batch(sql::DROP_STAGE).map_err(explain)?;
        Ok(counts)
    }
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
    let table = &running.load.table;
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
    let Load { connector, table, .. } = &running.load;
    transaction
        .prepare_cached(sql::WRITE_STATE)
        .and_then(|mut write| write.execute(params![connector, table.name, state, running.load_id]))
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
                running.load.table.name,
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

/// A column that a table has.
struct Existing {
    name: String,
    ty: String,
    not_null: bool,
    has_default: bool,
    in_key: bool,
}

fn existing_columns(transaction: &Transaction<'_>, table: &str) -> Result<Vec<Existing>> {
    let mut statement = transaction
        .prepare(
            "SELECT name, type, \"notnull\", dflt_value IS NOT NULL, pk FROM pragma_table_info(?1)",
        )
        .map_err(explain)?;
    let rows = statement.query_map([table], |row| {
        Ok(Existing {
            name: row.get(0)?,
            ty: row.get(1)?,
            not_null: row.get(2)?,
            has_default: row.get(3)?,
            in_key: row.get::<_, i64>(4)? > 0,
        })
    });
    rows.and_then(Iterator::collect).map_err(explain)
}

/// Refuses a table that cannot take the rows, with everything that is wrong and what to run.
fn check_table(load: &Load, existing: &[Existing]) -> Result<()> {
    let table = &load.table;
    let quoted = sql::quote(table.name);
    let mut problems = Vec::new();
    let mut statements = Vec::new();
    let wanted = table.columns.iter().map(|column| {
        (column.name.as_str(), sql::type_name(column.ty), !column.nullable, column.primary_key)
    });
    let keyed = load.write_disposition != WriteDisposition::Append;
    for (name, ty, not_null, key) in wanted.chain([(LOAD_ID, "INTEGER", true, false)]) {
        let Some(found) = existing.iter().find(|found| found.name.eq_ignore_ascii_case(name))
        else {
            problems.push(format!("it has no column `{name}`"));
            let default = match (not_null, ty) {
                (false, _) => "",
                (true, "INTEGER" | "REAL") => " NOT NULL DEFAULT 0",
                (true, _) => " NOT NULL DEFAULT ''",
            };
            let name = sql::quote(name);
            statements.push(format!("ALTER TABLE {quoted} ADD COLUMN {name} {ty}{default};"));
            continue;
        };
        if !found.ty.eq_ignore_ascii_case(ty) {
            problems.push(format!("its column `{name}` is {}, not {ty}", found.ty));
        } else if found.not_null && !not_null {
            problems.push(format!("its column `{name}` takes no null"));
        }
        if keyed && found.in_key != key {
            let (is, should) = if key { ("is not", "must be") } else { ("is", "must not be") };
            problems
                .push(format!("its column `{name}` {is} part of the primary key, but {should}"));
        }
    }
    for found in existing {
        let known = found.name.eq_ignore_ascii_case(LOAD_ID)
            || table.columns.iter().any(|column| column.name.eq_ignore_ascii_case(&found.name));
        if !known && found.not_null && !found.has_default {
            problems.push(format!(
                "its column `{}` must have a value, and nothing gives it one",
                found.name
            ));
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    let only_missing = statements.len() == problems.len();
    let help = match only_missing {
        true => statements.join(" "),
        false => format!(
            "to keep the old table: `ALTER TABLE {quoted} RENAME TO {};`, then run again",
            sql::quote(&format!("{}_old", table.name))
        ),
    };
    let message = format!("table `{}` does not fit: {}", table.name, problems.join("; "));
    Err(Error::new(ErrorKind::Destination, message).with_resource(table.name).with_help(help))
}
