//! What a file has of a connector, read without making or altering anything.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::catalog;
use super::explain::explain;
use super::look;
use super::worker::{Worker, at};
use crate::destination::sql::Space;
use crate::destination::sql::system::{self, records::Texts};
use crate::error::Result;

/// The rows of a query for tables of our own, by the connection that there is or by one for this query;
/// `None`: there are no such tables.
pub(super) fn read(
    path: &Path,
    worker: Option<&Worker>,
    space: &Space,
    query: &str,
) -> Result<Option<Vec<Texts>>> {
    if let Some(worker) = worker {
        return of(worker.connection(), space, query);
    }
    // nobody else is in a database in memory
    let Some(connection) = look::connect(path)? else { return Ok(None) };
    of(&connection, space, query).map_err(|error| at(path, error))
}

fn of(connection: &Connection, space: &Space, query: &str) -> Result<Option<Vec<Texts>>> {
    let version = catalog::version(connection, &system::read_version(space))?;
    if !system::is_readable(version)? {
        return Ok(None);
    }
    let mut statement = connection.prepare(query).map_err(explain)?;
    let columns = statement.column_count();
    let rows = statement
        .query_map([], |row| (0..columns).map(|column| Ok(text(row.get_ref(column)?))).collect());
    rows.and_then(Iterator::collect).map(Some).map_err(explain)
}

/// The text of a value; null is none.
pub(super) fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Integer(number) => Some(number.to_string()),
        _ => None,
    }
}
