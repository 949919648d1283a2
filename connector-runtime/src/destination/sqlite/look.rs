//! A file that is looked at, and neither made nor altered.

use std::path::Path;

use rusqlite::{Connection, MAIN_DB, OpenFlags};

use super::explain::{BUSY_TIMEOUT, explain, read_only, unopened};
use super::states::{self, Owner};
use super::worker::at;
use crate::destination::States;
use crate::error::Result;
use crate::state::State;

/// A connection to the database that there is; `None`: there is no file.
pub(super) fn connect(path: &Path) -> Result<Option<Connection>> {
    match path.try_exists() {
        Ok(true) => {}
        Ok(false) => return Ok(None),
        Err(_) => return Err(at(path, unopened())),
    }
    let at = |error| at(path, explain(error));
    // a reader of SQLite's log, too, writes to the memory that it shares with the others
    let flags = OpenFlags::default() - OpenFlags::SQLITE_OPEN_URI - OpenFlags::SQLITE_OPEN_CREATE;
    let connection = Connection::open_with_flags(path, flags).map_err(at)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(at)?;
    Ok(Some(connection))
}

/// The states of a load that nobody has begun: with the errors of one that was.
pub(super) fn states(path: &Path, of: Owner, states: States<'_>) -> Result<Vec<(String, State)>> {
    match connect(path)? {
        Some(connection) => states::read(&connection, of, states),
        None => Ok(Vec::new()),
    }
}

/// Whether a load could begin there, as far as that shows without one.
///
/// # Errors
///
/// When there is no folder to make the file in, or it is read-only: as the load would say it.
pub(super) fn is_writable(path: &Path, connection: Option<&Connection>) -> Result<()> {
    let Some(connection) = connection else {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        return match folder.is_none_or(Path::is_dir) {
            true => Ok(()),
            false => Err(at(path, unopened())),
        };
    };
    match connection.is_readonly(MAIN_DB) {
        Ok(false) => Ok(()),
        Ok(true) => Err(at(path, read_only())),
        Err(error) => Err(at(path, explain(error))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_written_is_told() {
        let connection = Connection::open_in_memory().unwrap();
        assert!(is_writable(Path::new("a.db"), Some(&connection)).is_ok());
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let connection = Connection::open_with_flags(":memory:", flags).unwrap();
        let error = is_writable(Path::new("a.db"), Some(&connection)).unwrap_err();
        assert_eq!(error.message(), "SQLite file a.db: the file is read-only");
    }
}
