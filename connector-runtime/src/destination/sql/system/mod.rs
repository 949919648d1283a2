//! The tables of our own: state, the log of loads, rejects, and their versions.

mod log;
pub(in crate::destination) mod records;
pub(in crate::destination) mod states;

use jiff::Timestamp;

use super::{Dialect, Space, literal};
use crate::destination::{Load, Reject, RejectId};
use crate::error::{Error, ErrorKind, Result};
use crate::schema::INDEX;

pub(in crate::destination) use log::{
    busy, end_log, foreign, is_overtaken, other_connector, running_since, start_log, write_log,
};
#[cfg(feature = "postgres")]
pub(in crate::destination) use log::{read_commits, read_running};
pub(in crate::destination) use states::{lost, passes_over};

/// What to do about elements of lists that are there without their rows.
pub(in crate::destination) const LISTS_WITHOUT_ROWS: &str =
    "were rows deleted by hand? delete those of their lists, too, or run with `--full-refresh`";

/// Whether a key that the database says it has already is that of the elements of a list.
pub(in crate::destination) fn is_of_list(said: &str) -> bool {
    // `UNIQUE constraint failed: table._parent_id, table._index` and `Key (_parent_id, _index)=(1, 0) already exists.`
    [format!(".{INDEX}"), format!(", {INDEX})")].iter().any(|end| said.contains(end))
}

/// The version of the tables that this release writes.
pub(in crate::destination) const VERSION: i64 = 4;

/// Rows of rejects in one statement.
const REJECTS_AT_ONCE: usize = 100;

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
        Some(version) if version > VERSION => return Err(newer(version)),
        Some(version) => version,
    };
    if from < 2 {
        statements.extend(second_version(space));
    }
    if from < 3 {
        statements.extend(third_version(space));
    }
    if (2..4).contains(&from) {
        statements.push(partitions_of_rejects(space));
    }
    if from < VERSION {
        let version = space.table("_connector_version");
        statements.push(format!("UPDATE {version} SET version = {VERSION}"));
    }
    Ok(statements)
}

/// Whether there is anything to be read.
///
/// # Errors
///
/// When it is of another release. Who reads alters nothing.
pub(in crate::destination) fn is_readable(version: Option<i64>) -> Result<bool> {
    match version {
        None => Ok(false),
        Some(VERSION) => Ok(true),
        Some(version) if version > VERSION => Err(newer(version)),
        Some(version) => {
            let text = format!(
                "the tables `_connector_..` are of version {version}, and this program reads {VERSION}: they were written by an earlier release"
            );
            Err(Error::new(ErrorKind::Destination, text)
                .with_help("the next `sync` brings them up to date"))
        }
    }
}

fn newer(version: i64) -> Error {
    let text = format!(
        "the tables `_connector_..` are of version {version}, and this program knows {VERSION}: they were written by a newer release"
    );
    Error::new(ErrorKind::Destination, text)
        .with_help("use the newer release, or another destination")
}

/// Counts of rows, and of transactions that were committed.
const SECOND_COUNTS: [&str; 5] = ["deleted", "filtered", "quarantined", "removed", "commits"];

fn create(space: &Space) -> Vec<String> {
    let Types { bigint, boolean, text, instant, end } = Types::of(space.dialect);
    let counts = ["received", "inserted", "updated", "unchanged"].into_iter().chain(SECOND_COUNTS);
    let counts = counts.chain(["pages", "requests", "retries", "bytes"]);
    let counts: String = counts.map(|count| format!("{count} {bigint} NOT NULL, ")).collect();
    vec![
        states::create(space),
        format!(
            "CREATE TABLE {} (load_id {bigint} NOT NULL, connector {text} NOT NULL, resource {text} NOT NULL, part {text} NOT NULL DEFAULT '', stored {boolean} NOT NULL, status {text} NOT NULL, started_at {instant} NOT NULL, ended_at {instant}, {counts}error {text}, PRIMARY KEY (load_id, resource)){end}",
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
        "CREATE TABLE {} (load_id {bigint} NOT NULL, connector {text} NOT NULL, resource {text} NOT NULL, page {bigint} NOT NULL, \"row\" {bigint} NOT NULL, path {text} NOT NULL, reason {text} NOT NULL, raw {text} NOT NULL, \"partition\" {text}, PRIMARY KEY (load_id, resource, page, \"row\")){end}",
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

/// States of partitions; parts, and resources without tables, in the log.
fn third_version(space: &Space) -> Vec<String> {
    let Types { boolean, text, .. } = Types::of(space.dialect);
    let loads = space.table("_connector_loads");
    let stored = space.dialect.boolean(true);
    let mut statements = states::add_partitions(space);
    statements.extend([
        format!("ALTER TABLE {loads} ADD COLUMN part {text} NOT NULL DEFAULT ''"),
        format!("ALTER TABLE {loads} ADD COLUMN stored {boolean} NOT NULL DEFAULT {stored}"),
    ]);
    statements
}

/// Which partition a row came with; null where nobody has written it down.
fn partitions_of_rejects(space: &Space) -> String {
    let Types { text, .. } = Types::of(space.dialect);
    format!("ALTER TABLE {} ADD COLUMN \"partition\" {text}", space.table("_connector_rejects"))
}

/// How a database writes the columns of these tables.
struct Types {
    bigint: &'static str,
    boolean: &'static str,
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
                boolean: "boolean",
                text: "text",
                instant: "timestamp with time zone",
                end: "",
            },
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => Self {
                bigint: "INTEGER",
                boolean: "INTEGER",
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

/// A call for a load that is not under way.
pub(in crate::destination) fn not_begun(resource: &str) -> Error {
    bug(resource, "was not begun")
}

/// A second load of a resource beside the first.
pub(in crate::destination) fn begun_twice(resource: &str) -> Error {
    bug(resource, "has begun already")
}

/// Rows are published that only mean something beside all others.
pub(in crate::destination) fn not_appended(resource: &str) -> Error {
    bug(resource, "is published before its end, and its rows are not appended")
}

fn bug(resource: &str, what: &str) -> Error {
    Error::new(ErrorKind::Internal, format!("BUG: a load of `{resource}` {what}"))
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

/// The statements that keep rows which do not fit.
pub(in crate::destination) fn write_rejects(
    space: &Space,
    load: &Load,
    load_id: i64,
    rejects: &[Reject],
) -> Vec<String> {
    let (connector, resource) = (literal(load.connector), literal(load.resource));
    let statements = rejects.chunks(REJECTS_AT_ONCE).map(|rejects| {
        let rows = rejects.iter().map(|Reject { partition, page, row, path, reason, raw }| {
            format!(
                "({load_id}, {connector}, {resource}, {page}, {row}, {}, {}, {}, {})",
                literal(path),
                literal(reason),
                literal(raw),
                literal(partition)
            )
        });
        format!(
            "INSERT INTO {} (load_id, connector, resource, page, \"row\", path, reason, raw, \"partition\") VALUES {}",
            space.table("_connector_rejects"),
            rows.collect::<Vec<_>>().join(", ")
        )
    });
    statements.collect()
}

/// The statements that take away rows which are seen to.
pub(in crate::destination) fn settle_rejects(
    space: &Space,
    load: &Load,
    settled: &[RejectId],
) -> Vec<String> {
    let statements = settled.chunks(REJECTS_AT_ONCE).map(|settled| {
        let ids = settled.iter().map(|id| format!("({}, {}, {})", id.load_id, id.page, id.row));
        format!(
            "DELETE FROM {} WHERE connector = {} AND resource = {} AND (load_id, page, \"row\") IN (VALUES {})",
            space.table("_connector_rejects"),
            literal(load.connector),
            literal(load.resource),
            ids.collect::<Vec<_>>().join(", ")
        )
    });
    statements.collect()
}

/// The statement that forgets all states of a resource.
pub(in crate::destination) fn forget(space: &Space, load: &Load) -> String {
    format!(
        "DELETE FROM {} WHERE connector = {} AND resource = {}",
        space.table("_connector_state"),
        literal(load.connector),
        literal(load.resource)
    )
}
