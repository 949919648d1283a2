//! The log of loads: which are under way, and what they have done.

use jiff::Timestamp;

use super::SECOND_COUNTS;
use crate::destination::sql::{Space, literal, nullable};
use crate::destination::{Ending, Load, Progress};
use crate::error::{Error, ErrorKind};
use crate::report::RowCounts;

/// The status of a load that goes on.
const RUNNING: &str = "running";

/// The part that a load is of; the empty text for a resource as a whole.
fn part(load: &Load) -> String {
    load.part.map(|part| part.to_string()).unwrap_or_default()
}

/// The loads of the resource that are not under way while this one is.
fn rivals(load: &Load) -> String {
    let (connector, resource) = (literal(load.connector), literal(load.resource));
    let parts = match load.part {
        None => String::new(),
        Some(_) => format!(" AND part IN ('', {})", literal(&part(load))),
    };
    format!("connector = {connector} AND resource = {resource}{parts}")
}

/// Has a row if another run has loaded the resource since this load id was given out.
pub(in crate::destination) fn is_overtaken(space: &Space, load: &Load, load_id: i64) -> String {
    format!(
        "SELECT 1 FROM {} WHERE {} AND load_id >= {load_id} LIMIT 1",
        space.table("_connector_loads"),
        rivals(load)
    )
}

/// The connector that has stored a resource of this name before, if it is another one. Two
/// connectors with a resource of one name would write each other's rows.
///
/// The latest load tells, because it was refused unless all before were of the same connector: where a
/// resource is loaded often, the log is not read through for it.
pub(in crate::destination) fn other_connector(space: &Space, load: &Load) -> String {
    format!(
        "SELECT connector FROM (SELECT connector FROM {} WHERE lower(resource) = lower({}) AND stored ORDER BY load_id DESC LIMIT 1) AS latest WHERE connector <> {}",
        space.table("_connector_loads"),
        literal(load.resource),
        literal(load.connector)
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
        "SELECT started_at FROM {} WHERE {} AND status = '{RUNNING}' ORDER BY load_id DESC LIMIT 1",
        space.table("_connector_loads"),
        rivals(load)
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

/// The commits of a load and the rows that they made visible. Has no row if another run has taken the
/// load for one that was killed. It may be at its end: the answer to that commit was lost.
#[cfg(feature = "postgres")]
pub(in crate::destination) fn read_running(space: &Space, load: &Load, load_id: i64) -> String {
    format!(
        "SELECT commits, inserted, updated, unchanged, deleted, removed FROM {} WHERE load_id = {load_id} AND resource = {} AND status <> 'killed'",
        space.table("_connector_loads"),
        literal(load.resource)
    )
}

/// What to say when another run has the lease.
pub(in crate::destination) fn busy(load: &Load, since: Option<&str>) -> String {
    let since = since.map(|at| format!(" since {at}")).unwrap_or_default();
    format!("another run has been loading `{}`{since}", load.resource)
}

/// Begins the log of a load, and ends those that were killed and could not write their end. The
/// log may have been begun before, by a transaction that nobody knows to be committed.
pub(in crate::destination) fn start_log(space: &Space, load: &Load, load_id: i64) -> [String; 2] {
    let loads = space.table("_connector_loads");
    let counts = SECOND_COUNTS.join(", ");
    let zeros = ["0"; SECOND_COUNTS.len()].join(", ");
    [
        format!(
            "UPDATE {loads} SET status = 'killed' WHERE {} AND status = '{RUNNING}'",
            rivals(load)
        ),
        format!(
            "INSERT INTO {loads} (load_id, connector, resource, part, stored, status, started_at, received, inserted, updated, unchanged, {counts}, pages, requests, retries, bytes) VALUES ({load_id}, {}, {}, {}, {}, '{RUNNING}', {}, 0, 0, 0, 0, {zeros}, 0, 0, 0, 0) ON CONFLICT (load_id, resource) DO UPDATE SET status = excluded.status",
            literal(load.connector),
            literal(load.resource),
            literal(&part(load)),
            space.dialect.boolean(load.store),
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
