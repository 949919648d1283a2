//! The tables of our own: state, the log of loads, rejects, and their versions.

use super::{Dialect, Space, literal, nullable};
use crate::destination::{Ending, Load, Progress, Reject};
use crate::error::{Error, ErrorKind, Result};
use crate::report::RowCounts;
use crate::state::State;
use jiff::Timestamp;

/// The version of the tables that this release writes.
pub(in crate::destination) const VERSION: i64 = 2;

/// Rows of rejects in one statement.
const REJECTS_AT_ONCE: usize = 100;

/// The status of a load that goes on.
const RUNNING: &str = "running";

/// The statements that bring the tables of our own from a version to [`VERSION`]. `None`: there are
/// no tables; the first release had no version.
///
/// # Errors
///
/// When they are of a newer release.
pub(in crate::destination) fn migrate(space: &Space, version: Option<i64>) -> Result<Vec<String>> {
    let mut statements = Vec::new();
    let from = match version {
        None => {
            statements.extend(create(space));
            VERSION
        }
        Some(version) if version > VERSION => {
            let text = format!(
                "the tables `_connector_..` are of version {version}, and this program knows {VERSION}: they were written by a newer release"
            );
            return Err(Error::new(ErrorKind::Destination, text)
                .with_help("use the newer release, or another destination"));
        }
        Some(version) => version,
    };
    if from < 2 {
        statements.extend(second_version(space));
    }
    Ok(statements)
}

/// Counts of rows, and of transactions that were committed.
const SECOND_COUNTS: [&str; 5] = ["deleted", "filtered", "quarantined", "removed", "commits"];

fn create(space: &Space) -> Vec<String> {
    let Types { bigint, text, instant, end } = Types::of(space.dialect);
    let counts = ["received", "inserted", "updated", "unchanged"].into_iter().chain(SECOND_COUNTS);
    let counts = counts.chain(["pages", "requests", "retries", "bytes"]);
    let counts: String = counts.map(|count| format!("{count} {bigint} NOT NULL, ")).collect();
    vec![
        format!(
            "CREATE TABLE {} (connector {text} NOT NULL, resource {text} NOT NULL, state {text} NOT NULL, load_id {bigint} NOT NULL, PRIMARY KEY (connector, resource)){end}",
            space.table("_connector_state")
        ),
        format!(
            "CREATE TABLE {} (load_id {bigint} NOT NULL, connector {text} NOT NULL, resource {text} NOT NULL, status {text} NOT NULL, started_at {instant} NOT NULL, ended_at {instant}, {counts}error {text}, PRIMARY KEY (load_id, resource)){end}",
            space.table("_connector_loads")
        ),
        rejects(space),
    ]
    .into_iter()
    .chain(version_table(space))
    .collect()
}

fn rejects(space: &Space) -> String {
    let Types { bigint, text, end, .. } = Types::of(space.dialect);
    format!(
        "CREATE TABLE {} (load_id {bigint} NOT NULL, connector {text} NOT NULL, resource {text} NOT NULL, page {bigint} NOT NULL, \"row\" {bigint} NOT NULL, path {text} NOT NULL, reason {text} NOT NULL, raw {text} NOT NULL, PRIMARY KEY (load_id, resource, page, \"row\")){end}",
        space.table("_connector_rejects")
    )
}

/// The version, and the last number that a load was given.
fn version_table(space: &Space) -> [String; 2] {
    let Types { bigint, end, .. } = Types::of(space.dialect);
    let (table, loads) = (space.table("_connector_version"), space.table("_connector_loads"));
    [
        format!(
            "CREATE TABLE {table} (version {bigint} NOT NULL PRIMARY KEY, last_load_id {bigint} NOT NULL){end}"
        ),
        format!(
            "INSERT INTO {table} (version, last_load_id) SELECT {VERSION}, coalesce(max(load_id), 0) FROM {loads}"
        ),
    ]
}

/// More counts in the log, rejects, and a version.
fn second_version(space: &Space) -> Vec<String> {
    let bigint = space.dialect.bigint();
    let loads = space.table("_connector_loads");
    let counts = SECOND_COUNTS.iter();
    let mut statements: Vec<_> = counts
        .map(|count| format!("ALTER TABLE {loads} ADD COLUMN {count} {bigint} NOT NULL DEFAULT 0"))
        .collect();
    statements.push(rejects(space));
    statements.extend(version_table(space));
    statements
}

/// How a database writes the columns of these tables.
struct Types {
    bigint: &'static str,
    text: &'static str,
    instant: &'static str,
    /// What stands behind the columns. The tables are small and read by key.
    end: &'static str,
}

impl Types {
    fn of(dialect: Dialect) -> Self {
        match dialect {
            #[cfg(feature = "postgres")]
            Dialect::Postgres => Self {
                bigint: "bigint",
                text: "text",
                instant: "timestamp with time zone",
                end: "",
            },
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => Self {
                bigint: "INTEGER",
                text: "TEXT",
                instant: "TEXT",
                end: " STRICT, WITHOUT ROWID",
            },
        }
    }
}

/// The version of the tables that are there; fails where there is no such table.
pub(in crate::destination) fn read_version(space: &Space) -> String {
    format!("SELECT version FROM {}", space.table("_connector_version"))
}

/// Gives out a load id that is larger than any before: microseconds since 1970, where the clock is
/// right.
pub(in crate::destination) fn next_load_id(space: &Space) -> String {
    let now = Timestamp::now().as_microsecond();
    format!(
        "UPDATE {} SET last_load_id = CASE WHEN last_load_id >= {now} THEN last_load_id + 1 ELSE {now} END RETURNING last_load_id",
        space.table("_connector_version")
    )
}

/// Has a row if another run has loaded the resource since this load id was given out.
pub(in crate::destination) fn is_overtaken(space: &Space, load: &Load, load_id: i64) -> String {
    format!(
        "SELECT 1 FROM {} WHERE connector = {} AND resource = {} AND load_id >= {load_id} LIMIT 1",
        space.table("_connector_loads"),
        literal(load.connector),
        literal(load.resource)
    )
}

/// The connector that has loaded a resource of this name before, if it is another one. Two
/// connectors with a resource of one name would write each other's rows.
pub(in crate::destination) fn other_connector(space: &Space, load: &Load) -> String {
    format!(
        "SELECT connector FROM {} WHERE connector <> {} AND lower(resource) = lower({}) LIMIT 1",
        space.table("_connector_loads"),
        literal(load.connector),
        literal(load.resource)
    )
}

/// What to say to that.
pub(in crate::destination) fn foreign(load: &Load, other: &str) -> Error {
    let message = format!("table `{}` is that of the connector `{other}`", load.resource);
    Error::new(ErrorKind::Destination, message)
        .with_resource(load.resource)
        .with_help("use another destination, or give the resource another name")
}

/// Since when the load that goes on does.
pub(in crate::destination) fn running_since(space: &Space, load: &Load) -> String {
    format!(
        "SELECT started_at FROM {} WHERE connector = {} AND resource = {} AND status = '{RUNNING}' ORDER BY load_id DESC LIMIT 1",
        space.table("_connector_loads"),
        literal(load.connector),
        literal(load.resource)
    )
}

/// How many transactions of a load were committed.
#[cfg(feature = "postgres")]
pub(in crate::destination) fn read_commits(space: &Space, load: &Load, load_id: i64) -> String {
    format!(
        "SELECT commits FROM {} WHERE load_id = {load_id} AND resource = {}",
        space.table("_connector_loads"),
        literal(load.resource)
    )
}

/// The commits of a load that goes on and the rows that they made visible. Has no row if another
/// run has taken the load for one that was killed.
#[cfg(feature = "postgres")]
pub(in crate::destination) fn read_running(space: &Space, load: &Load, load_id: i64) -> String {
    format!(
        "SELECT commits, inserted, updated, unchanged, deleted, removed FROM {} WHERE load_id = {load_id} AND resource = {} AND status = '{RUNNING}'",
        space.table("_connector_loads"),
        literal(load.resource)
    )
}

/// What to say when another run has the lease.
pub(in crate::destination) fn busy(load: &Load, since: Option<&str>) -> String {
    let since = since.map(|at| format!(" since {at}")).unwrap_or_default();
    format!("another run has been loading `{}`{since}", load.resource)
}

/// What to say when a scan without rows would empty a table.
pub(in crate::destination) fn would_be_empty(load: &Load) -> Error {
    let message = format!(
        "the API gave no rows, and table `{}` has some: it was not replaced",
        load.resource
    );
    Error::new(ErrorKind::Destination, message)
        .with_help("if the table may become empty: `allow_empty` in `#[resource(..)]`")
}

pub(in crate::destination) fn read_state(space: &Space, load: &Load) -> String {
    format!(
        "SELECT state FROM {} WHERE connector = {} AND resource = {}",
        space.table("_connector_state"),
        literal(load.connector),
        literal(load.resource)
    )
}

/// The state of a text that was read.
pub(in crate::destination) fn parse_state(load: &Load, json: &str) -> Result<State> {
    serde_json::from_str(json).map_err(|error| {
        let message = format!("the state of `{}` cannot be read: {error}", load.resource);
        Error::new(ErrorKind::Destination, message).with_help("was it written by a newer release?")
    })
}

/// The state of the rows that this transaction makes visible.
pub(in crate::destination) fn write_states(
    space: &Space,
    load: &Load,
    load_id: i64,
    states: &[(String, Option<State>)],
) -> Result<Vec<String>> {
    let whole = states.iter().filter(|(partition, _)| partition.is_empty());
    whole.filter_map(|(_, state)| state.as_ref()).map(|state| {
    let json = serde_json::to_string(state)
        .map_err(|error| Error::new(ErrorKind::Internal, format!("BUG: {error}")))?;
    Ok(format!(
        "INSERT INTO {} (connector, resource, state, load_id) VALUES ({}, {}, {}, {load_id}) ON CONFLICT (connector, resource) DO UPDATE SET state = excluded.state, load_id = excluded.load_id",
        space.table("_connector_state"),
        literal(load.connector),
        literal(load.resource),
        literal(&json)
    ))
    }).collect()
}

/// Begins the log of a load, and ends those that were killed and could not write their end. The
/// log may have been begun before, by a transaction that nobody knows to be committed.
pub(in crate::destination) fn start_log(space: &Space, load: &Load, load_id: i64) -> [String; 2] {
    let loads = space.table("_connector_loads");
    let (connector, resource) = (literal(load.connector), literal(load.resource));
    let counts = SECOND_COUNTS.join(", ");
    let zeros = ["0"; SECOND_COUNTS.len()].join(", ");
    [
        format!(
            "UPDATE {loads} SET status = 'killed' WHERE connector = {connector} AND resource = {resource} AND status = '{RUNNING}'"
        ),
        format!(
            "INSERT INTO {loads} (load_id, connector, resource, status, started_at, received, inserted, updated, unchanged, {counts}, pages, requests, retries, bytes) VALUES ({load_id}, {connector}, {resource}, '{RUNNING}', {}, 0, 0, 0, 0, {zeros}, 0, 0, 0, 0) ON CONFLICT (load_id, resource) DO UPDATE SET status = excluded.status",
            space.dialect.instant(Timestamp::now())
        ),
    ]
}

/// The log of a load that goes on, with the rows that are visible with this transaction.
pub(in crate::destination) fn write_log(
    space: &Space,
    load: &Load,
    load_id: i64,
    visible: &RowCounts,
    progress: &Progress,
) -> String {
    log(
        space,
        load,
        load_id,
        visible,
        progress,
        &format!("'{RUNNING}', ended_at = NULL, error = NULL"),
    )
}

/// The log of a load that has ended.
pub(in crate::destination) fn end_log(
    space: &Space,
    load: &Load,
    load_id: i64,
    visible: &RowCounts,
    ending: &Ending,
) -> String {
    let status = format!(
        "'{}', ended_at = {}, error = {}",
        ending.status.as_str(),
        space.dialect.instant(Timestamp::now()),
        nullable(ending.error.as_deref())
    );
    log(space, load, load_id, visible, &ending.progress, &status)
}

fn log(
    space: &Space,
    load: &Load,
    load_id: i64,
    visible: &RowCounts,
    progress: &Progress,
    status: &str,
) -> String {
    let RowCounts { inserted, updated, unchanged, deleted, removed, .. } = *visible;
    let Progress { received, filtered, quarantined, traffic, .. } = progress;
    let counts = [
        ("received", *received),
        ("inserted", inserted),
        ("updated", updated),
        ("unchanged", unchanged),
        ("deleted", deleted),
        ("filtered", *filtered),
        ("quarantined", *quarantined),
        ("removed", removed),
        ("pages", traffic.pages),
        ("requests", traffic.requests),
        ("retries", traffic.retries),
        ("bytes", traffic.bytes),
    ];
    let counts: Vec<_> = counts.iter().map(|(name, count)| format!("{name} = {count}")).collect();
    format!(
        "UPDATE {} SET status = {status}, {}, commits = commits + 1 WHERE load_id = {load_id} AND resource = {}",
        space.table("_connector_loads"),
        counts.join(", "),
        literal(load.resource)
    )
}

/// The statements that keep rows which do not fit.
pub(in crate::destination) fn write_rejects(
    space: &Space,
    load: &Load,
    load_id: i64,
    rejects: &[Reject],
) -> Vec<String> {
    let (connector, resource) = (literal(load.connector), literal(load.resource));
    let statements = rejects.chunks(REJECTS_AT_ONCE).map(|rejects| {
        let rows = rejects.iter().map(|Reject { page, row, path, reason, raw }| {
            format!(
                "({load_id}, {connector}, {resource}, {page}, {row}, {}, {}, {})",
                literal(path),
                literal(reason),
                literal(raw)
            )
        });
        format!(
            "INSERT INTO {} (load_id, connector, resource, page, \"row\", path, reason, raw) VALUES {}",
            space.table("_connector_rejects"),
            rows.collect::<Vec<_>>().join(", ")
        )
    });
    statements.collect()
}
