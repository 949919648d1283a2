//! The tables of our own as they are read: some rows at a time, each behind the last of those before.

use std::borrow::Cow;

use jiff::Timestamp;

use super::states::parse;
use crate::destination::sql::{Dialect, Space, literal};
use crate::destination::{LoggedLoad, Reject, StoredReject, StoredState, Wanted};
use crate::error::{Error, ErrorKind, Result};
use crate::report::{RowCounts, Traffic};

/// A row as texts.
pub(in crate::destination) type Texts = Vec<Option<String>>;

/// The query for states. `partition`: the expression of a partition's text; `key`: what a partition is
/// called in the table.
pub(in crate::destination) fn states(
    space: &Space,
    wanted: &Wanted,
    after: Option<&StoredState>,
    partition: &str,
    key: fn(&str) -> Cow<'_, str>,
) -> String {
    let behind = after.map(|StoredState { resource, partition, .. }| {
        let (resource, key) = (literal(resource), literal(&key(partition)));
        format!(" AND (resource, \"partition\") > ({resource}, {key})")
    });
    let of_one = wanted
        .partition
        .as_deref()
        .map(|partition| format!(" AND \"partition\" = {}", literal(&key(partition))));
    format!(
        "SELECT resource, {partition}, state FROM {} WHERE {}{}{} ORDER BY resource, \"partition\" LIMIT {}",
        space.table("_connector_state"),
        of(wanted),
        of_one.unwrap_or_default(),
        behind.unwrap_or_default(),
        wanted.limit
    )
}

pub(in crate::destination) fn states_of(rows: Vec<Texts>) -> Result<Vec<StoredState>> {
    let state = |row: Texts| {
        let [resource, partition, json] = fields(row)?.map(Option::unwrap_or_default);
        let state = parse(&resource, &partition, &json)?;
        Ok(StoredState { resource, partition, state })
    };
    rows.into_iter().map(state).collect()
}

/// Counts of the log, in the order in which they are read.
const COUNTS: [&str; 12] = [
    "received",
    "inserted",
    "updated",
    "unchanged",
    "deleted",
    "filtered",
    "quarantined",
    "removed",
    "pages",
    "requests",
    "retries",
    "bytes",
];

/// The query for the log: all resources of so many loads.
pub(in crate::destination) fn loads(space: &Space, wanted: &Wanted, before: Option<i64>) -> String {
    let table = space.table("_connector_loads");
    let (started, ended) = (instant(space, "started_at"), instant(space, "ended_at"));
    let before = before.map(|load_id| format!(" AND load_id < {load_id}")).unwrap_or_default();
    let mut which = of(wanted);
    if let Some(load_id) = wanted.load_id {
        which = format!("{which} AND load_id = {load_id}");
    }
    format!(
        "SELECT load_id, resource, part, stored, status, {started}, {ended}, error, {} FROM {table} \
         WHERE {which} AND load_id IN (SELECT DISTINCT load_id FROM {table} WHERE {which}{before} \
         ORDER BY load_id DESC LIMIT {}) ORDER BY load_id DESC, resource",
        COUNTS.join(", "),
        wanted.limit
    )
}

pub(in crate::destination) fn loads_of(rows: Vec<Texts>) -> Result<Vec<LoggedLoad>> {
    let load = |mut row: Texts| {
        let counts = row.split_off(row.len().saturating_sub(COUNTS.len()));
        let counts: Vec<u64> = counts.into_iter().map(number).collect::<Result<_>>()?;
        let counts = <[u64; COUNTS.len()]>::try_from(counts).map_err(|_| other_columns())?;
        let [received, inserted, updated, unchanged, deleted, filtered, quarantined, rest @ ..] =
            counts;
        let [removed, pages, requests, retries, bytes] = rest;
        let [load_id, resource, part, stored, status, started, ended, error] = fields(row)?;
        let ended_at = ended.map(|at| instant_of(Some(at))).transpose()?;
        let kept = inserted + updated + unchanged + deleted + filtered + quarantined;
        // what is under way is neither
        let discarded = ended_at.map_or(0, |_| received.saturating_sub(kept));
        Ok(LoggedLoad {
            load_id: number(load_id)?,
            resource: resource.unwrap_or_default(),
            part: part.unwrap_or_default(),
            stored: matches!(stored.as_deref(), Some("t" | "1")),
            status: status.unwrap_or_default(),
            started_at: instant_of(started)?,
            ended_at,
            rows: RowCounts {
                received,
                inserted,
                updated,
                unchanged,
                deleted,
                filtered,
                quarantined,
                discarded,
                removed,
            },
            traffic: Traffic { pages, requests, retries, bytes },
            error,
        })
    };
    rows.into_iter().map(load).collect()
}

/// The query for rows that do not fit.
pub(in crate::destination) fn rejects(
    space: &Space,
    wanted: &Wanted,
    after: Option<&StoredReject>,
) -> String {
    let of_load = wanted.load_id.map(|load_id| format!(" AND load_id = {load_id}"));
    let behind = after.map(|StoredReject { load_id, resource, reject, .. }| {
        let (resource, page, row) = (literal(resource), reject.page, reject.row);
        format!(" AND (load_id, resource, page, \"row\") > ({load_id}, {resource}, {page}, {row})")
    });
    format!(
        "SELECT load_id, resource, \"partition\", page, \"row\", path, reason, raw FROM {} \
         WHERE {}{}{} ORDER BY load_id, resource, page, \"row\" LIMIT {}",
        space.table("_connector_rejects"),
        of(wanted),
        of_load.unwrap_or_default(),
        behind.unwrap_or_default(),
        wanted.limit
    )
}

pub(in crate::destination) fn rejects_of(rows: Vec<Texts>) -> Result<Vec<StoredReject>> {
    let reject = |row: Texts| {
        let [load_id, resource, partition, page, row, path, reason, raw] = fields(row)?;
        Ok(StoredReject {
            load_id: number(load_id)?,
            resource: resource.unwrap_or_default(),
            has_partition: partition.is_some(),
            reject: Reject {
                partition: partition.unwrap_or_default(),
                page: number(page)?,
                row: number(row)?,
                path: path.unwrap_or_default(),
                reason: reason.unwrap_or_default(),
                raw: raw.unwrap_or_default(),
            },
        })
    };
    rows.into_iter().map(reject).collect()
}

/// Those of the connector, and of its resources that are wanted.
fn of(wanted: &Wanted) -> String {
    let connector = format!("connector = {}", literal(wanted.connector));
    if wanted.resources.is_empty() {
        return connector;
    }
    let names: Vec<_> = wanted.resources.iter().map(|name| literal(name)).collect();
    format!("{connector} AND resource IN ({})", names.join(", "))
}

/// An instant as every database is to write it.
fn instant(space: &Space, column: &str) -> String {
    match space.dialect {
        #[cfg(feature = "postgres")]
        Dialect::Postgres => {
            format!("to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
        }
        #[cfg(feature = "sqlite")]
        Dialect::Sqlite => column.to_owned(),
    }
}

fn instant_of(text: Option<String>) -> Result<Timestamp> {
    text.and_then(|text| text.parse().ok()).ok_or_else(other_columns)
}

fn number<T: std::str::FromStr>(text: Option<String>) -> Result<T> {
    text.and_then(|text| text.parse().ok()).ok_or_else(other_columns)
}

fn fields<const N: usize>(row: Texts) -> Result<[Option<String>; N]> {
    <[_; N]>::try_from(row).map_err(|_| other_columns())
}

/// Somebody else has written there.
fn other_columns() -> Error {
    let text = "the tables `_connector_..` hold values that no release writes";
    Error::new(ErrorKind::Destination, text).with_help("were they altered by hand?")
}
