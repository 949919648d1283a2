//! What a person can do about an error of the database.

use std::time::Duration;

use rusqlite::ErrorCode;

use crate::destination::sql::system;
use crate::error::{Error, ErrorKind};

/// How long another writer is waited for: as long as it may take to make a large load visible.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(600);

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
        Some(ErrorCode::CannotOpen) => return unopened(),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => return read_only(),
        Some(ErrorCode::ConstraintViolation) if is_of_list(&error) => (
            format!("elements of a list are there already, though their row is not: {error}"),
            Some(system::LISTS_WITHOUT_ROWS),
        ),
        Some(ErrorCode::ConstraintViolation) => (
            format!("a constraint or a trigger of the table refuses a row: {error}"),
            Some("drop the constraint or the trigger, or leave such rows out with `filter`"),
        ),
        _ => (error.to_string(), None),
    };
    Error::new(ErrorKind::Destination, message).with_any_help(help)
}

/// Whether an element of a list is there already.
fn is_of_list(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};
    let code = error.sqlite_error().map(|error| error.extended_code);
    let comes_twice = [SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE];
    code.is_some_and(|code| comes_twice.contains(&code)) && system::is_of_list(&error.to_string())
}

/// No database is there, and none can be made.
pub(super) fn unopened() -> Error {
    Error::new(ErrorKind::Destination, "the file cannot be opened or made")
        .with_help("does its folder exist, and may this user write there?")
}

/// A database that takes no rows.
pub(super) fn read_only() -> Error {
    Error::new(ErrorKind::Destination, "the file is read-only")
        .with_help("may this user write to it?")
}
