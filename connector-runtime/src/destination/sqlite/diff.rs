//! What a run would find and do, without doing anything of it.

use std::path::Path;

use rusqlite::Connection;

use super::catalog;
use super::explain::explain;
use super::look;
use super::worker::{Worker, at};
use crate::destination::sql::{self, Space, system};
use crate::destination::{Diff, Load, Remembered};
use crate::error::Result;

/// By the connection that there is, or by one for this question.
pub(super) fn diff(
    path: &Path,
    worker: Option<&Worker>,
    space: &Space,
    loads: &[Load],
) -> Result<Diff> {
    sql::check_names(space, loads)?;
    if let Some(worker) = worker {
        return of(Some(worker.connection()), space, loads);
    }
    let connection = look::connect(path)?;
    look::is_writable(path, connection.as_ref())?;
    of(connection.as_ref(), space, loads).map_err(|error| at(path, error))
}

/// `None`: there is no file.
fn of(connection: Option<&Connection>, space: &Space, loads: &[Load]) -> Result<Diff> {
    let version = match connection {
        Some(connection) => catalog::version(connection, &system::read_version(space))?,
        None => None,
    };
    // what those of another release hold is not known here, and none of it is no first load
    let is_known = system::is_readable(version)?;
    let known = connection.filter(|_| is_known);
    let (mut changes, mut remembered) = (Vec::new(), Vec::new());
    for load in loads {
        if let Some(known) = known {
            remembered.push(remembers(known, space, load)?);
        }
        if load.store {
            changes.extend(catalog::compare(connection, known, space, load)?.changes);
        }
    }
    Ok(Diff::new(changes, remembered))
}

fn remembers(connection: &Connection, space: &Space, load: &Load) -> Result<Remembered> {
    let count = system::states::count_partitions(space, load);
    let count: i64 = connection.query_row(&count, [], |row| row.get(0)).map_err(explain)?;
    Ok(Remembered::new(load.resource, count.unsigned_abs()))
}
