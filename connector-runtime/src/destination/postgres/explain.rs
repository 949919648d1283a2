//! What an error of the database means to a run, and to a person.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use tokio_postgres::error::{DbError, SqlState};

use super::settings::Settings;
use crate::destination::sql::{self, system};
use crate::error::{Error, ErrorKind};

/// Whatever ends a transaction: none of its rows are there.
const NOTHING_LOST: &str = "nothing is lost: run again";

/// Why a statement failed, as far as it matters for what comes next.
#[derive(Debug)]
pub(super) enum Failure {
    /// Another transaction was in the way: this one may be repeated.
    Conflict(Error),
    /// A limit of time has passed, or somebody has ended what was under way: neither would another way help.
    Expired(Error),
    /// Trying again would not help.
    Final(Error),
    /// The connection is lost, and the transaction with it.
    Lost(Error),
    /// The connection was lost when the transaction was to be committed: nobody knows whether it
    /// was.
    Unanswered(Error),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Conflict(error)
            | Failure::Expired(error)
            | Failure::Final(error)
            | Failure::Lost(error)
            | Failure::Unanswered(error) => error,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Final(error)
    }
}

/// Whether the connection is gone, or could not be made, for a reason that passes.
pub(super) fn is_transient(error: &tokio_postgres::Error) -> bool {
    match error.code() {
        Some(code) => {
            let codes = [
                SqlState::ADMIN_SHUTDOWN,
                SqlState::CANNOT_CONNECT_NOW,
                SqlState::CRASH_SHUTDOWN,
                SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
                SqlState::IDLE_SESSION_TIMEOUT,
                SqlState::TOO_MANY_CONNECTIONS,
            ];
            codes.contains(code) || code.code().starts_with("08")
        }
        None => error.is_closed() || is_io(error),
    }
}

/// Whether the server is about to be there.
pub(super) fn is_starting(error: &tokio_postgres::Error) -> bool {
    error.code() == Some(&SqlState::CANNOT_CONNECT_NOW)
}

/// Whether it is the network, and not a handshake, which would fail again.
fn is_io(error: &tokio_postgres::Error) -> bool {
    let Some(source) = error.source() else {
        // the driver's own timeout says nothing more
        return true;
    };
    // what is wrong with a certificate or a name stays wrong
    let stays = [io::ErrorKind::InvalidData, io::ErrorKind::InvalidInput];
    source.downcast_ref::<io::Error>().is_some_and(|error| !stays.contains(&error.kind()))
}

/// Sorts an error of a statement.
pub(super) fn failure(error: &tokio_postgres::Error, settings: &Settings) -> Failure {
    let explained = explain(error, settings);
    let conflicts = [
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::T_R_SERIALIZATION_FAILURE,
        // a key that another session has inserted meanwhile is there the next time
        SqlState::UNIQUE_VIOLATION,
    ];
    let expired = [SqlState::LOCK_NOT_AVAILABLE, SqlState::QUERY_CANCELED];
    match error.code() {
        Some(code) if conflicts.contains(code) => Failure::Conflict(explained),
        Some(code) if expired.contains(code) => Failure::Expired(explained),
        _ if is_transient(error) => Failure::Lost(explained),
        _ => Failure::Final(explained),
    }
}

/// An error of the destination.
pub(super) fn destination(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Destination, message)
}

/// The error with the database that it is about.
pub(super) fn at(settings: &Settings, error: Error) -> Error {
    let message = format!("{settings}: {}", error.message());
    Error::new(error.kind(), message).with_any_help(error.into_help())
}

/// The server did not answer in time.
pub(super) fn no_answer(seconds: u64) -> Failure {
    let message = format!("the database has not answered for {seconds} s");
    Failure::Lost(destination(message).with_help(NOTHING_LOST))
}

/// Something listens, but a session has not begun.
pub(super) fn not_in_time(limit: Duration) -> Error {
    let text = format!("no connection was made within {:.1} s", limit.as_secs_f64());
    destination(text).with_help(
        "does a PostgreSQL server answer there? `connect_timeout` in the URL gives it more time",
    )
}

/// The connection was lost with a transaction at its end, and there is no way to look.
pub(super) fn unanswered(error: &Error) -> Error {
    let text =
        format!("{}, and nobody knows whether the last rows were committed", error.message());
    destination(text)
        .with_help("`_connector_loads` says what was, as soon as the database is there")
}

/// What a person can do about an error.
pub(super) fn explain(error: &tokio_postgres::Error, settings: &Settings) -> Error {
    if let Some(error) = error.as_db_error() {
        return of_database(error, settings);
    }
    if error.is_closed() {
        return destination("the connection to the database is lost").with_help(NOTHING_LOST);
    }
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        #[cfg(feature = "rustls")]
        if let Some((what, help)) = cause.downcast_ref().and_then(super::tls::meaning) {
            return destination(what).with_help(help);
        }
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    // the driver has no kinds of errors to ask for
    let help = if text.contains("password missing") {
        Some("the server wants a password: set `PGPASSWORD`")
    } else if text.contains("server does not support TLS") {
        Some("the server has no TLS: switch it on there, or write `sslmode=disable` in the URL")
    } else if text.contains("error connecting to server") {
        Some("is the server running, and are host and port right?")
    } else if is_io(error) {
        Some(NOTHING_LOST)
    } else {
        None
    };
    destination(text).with_any_help(help)
}

fn of_database(error: &DbError, settings: &Settings) -> Error {
    let text = error.message();
    let say = |message: String, help: &str| destination(message).with_help(help.to_owned());
    let code = error.code();
    if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        return say(text.to_owned(), &grant(text, settings));
    } else if *code == SqlState::INVALID_PASSWORD
        || *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION
    {
        return say(
            format!("the server does not let `{}` in: {text}", settings.user),
            "check the user in the URL and the password in `PGPASSWORD`",
        );
    } else if *code == SqlState::INVALID_CATALOG_NAME {
        let make = format!("make it: `CREATE DATABASE {};`", readable(&settings.database));
        return say(text.to_owned(), &make);
    } else if *code == SqlState::DISK_FULL {
        let help = "make room on the server and run again: nothing is lost";
        return say(format!("the disk of the database is full: {text}"), help);
    } else if *code == SqlState::OUT_OF_MEMORY {
        return say(format!("the database has no memory left: {text}"), NOTHING_LOST);
    } else if *code == SqlState::TOO_MANY_CONNECTIONS {
        return say(text.to_owned(), "run again when others have finished");
    } else if *code == SqlState::LOCK_NOT_AVAILABLE {
        return say(
            format!("another session has had a table locked for too long: {text}"),
            "run again when it has finished; `pg_stat_activity` and `pg_locks` say who it is",
        );
    } else if *code == SqlState::QUERY_CANCELED {
        return say(
            format!("a statement was cancelled: {text}"),
            "nothing is lost; `Postgres::statement_timeout` gives statements more time",
        );
    } else if *code == SqlState::READ_ONLY_SQL_TRANSACTION {
        return say(
            format!("the database takes no writes: {text}"),
            "name the server that does, not a standby of it",
        );
    } else if *code == SqlState::T_R_DEADLOCK_DETECTED
        || *code == SqlState::T_R_SERIALIZATION_FAILURE
    {
        return say(format!("another session is in the way: {text}"), NOTHING_LOST);
    } else if code.code().starts_with("57P") {
        return say(format!("the database has ended the connection: {text}"), NOTHING_LOST);
    } else if *code == SqlState::UNIQUE_VIOLATION && error.detail().is_some_and(system::is_of_list)
    {
        return say(
            format!("elements of a list are there already, though their row is not: {text}"),
            system::LISTS_WITHOUT_ROWS,
        );
    } else if code.code().starts_with("23") {
        return say(
            format!("a constraint of the table refuses a row: {text}"),
            "drop the constraint, or leave such rows out with `filter`",
        );
    } else if *code == SqlState::RAISE_EXCEPTION {
        // whoever has written it may know more
        let help = error.hint().unwrap_or(
            "where it is a trigger of the table: drop it, or leave such rows out with `filter`",
        );
        return say(format!("a trigger or a function of the database refuses this: {text}"), help);
    } else if code.code().starts_with("22") {
        let place = error.where_().map(|place| format!(" ({place})")).unwrap_or_default();
        return say(
            format!("a value is none that PostgreSQL stores: {text}{place}"),
            "leave such rows out with `filter`, or mend them with `map`",
        );
    }
    // the server's own hint is the best there is
    match error.hint() {
        Some(hint) => say(text.to_owned(), hint),
        None => destination(text),
    }
}

/// What the owner of the database has to run. Its messages name the object, and no field does.
fn grant(text: &str, settings: &Settings) -> String {
    let user = readable(&settings.user);
    let of = |kind: &str| {
        let (_, name) = text.split_once(&format!("permission denied for {kind} "))?;
        Some(readable(name))
    };
    if let Some(database) = of("database") {
        format!("the owner of the database runs `GRANT CREATE ON DATABASE {database} TO {user};`")
    } else if let Some(schema) = of("schema") {
        format!("the owner of the schema runs `GRANT USAGE, CREATE ON SCHEMA {schema} TO {user};`")
    } else if let Some(table) = of("table") {
        format!(
            "the owner of the table runs `GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {user};`"
        )
    } else if let Some((_, table)) = text.split_once("must be owner of table ") {
        format!("a superuser runs `ALTER TABLE {} OWNER TO {user};`", readable(table))
    } else {
        format!("`{}` lacks a privilege: docs/postgres.md has all that are needed", settings.user)
    }
}

/// A name as an identifier for people, plain where it can be.
fn readable(name: &str) -> String {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    match name.chars().all(plain) && !name.starts_with(|c: char| c.is_ascii_digit()) {
        true => name.to_owned(),
        false => sql::quote(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_name_what_was_refused() {
        let settings = Settings::from_url("postgres://load-er@db/db").unwrap();
        for (text, expected) in [
            (
                "permission denied for database wh",
                "the owner of the database runs `GRANT CREATE ON DATABASE wh TO \"load-er\";`",
            ),
            (
                "permission denied for schema Git Hub",
                "the owner of the schema runs `GRANT USAGE, CREATE ON SCHEMA \"Git Hub\" TO \"load-er\";`",
            ),
            (
                "permission denied for table issues",
                "the owner of the table runs `GRANT SELECT, INSERT, UPDATE, DELETE ON issues TO \"load-er\";`",
            ),
            (
                "must be owner of table issues",
                "a superuser runs `ALTER TABLE issues OWNER TO \"load-er\";`",
            ),
            (
                "Zugriff verweigert",
                "`load-er` lacks a privilege: docs/postgres.md has all that are needed",
            ),
        ] {
            assert_eq!(grant(text, &settings), expected);
        }
    }
}
