//! Destinations by what they are called.

use super::Destination;
#[cfg(feature = "postgres")]
use super::Postgres;
#[cfg(feature = "sqlite")]
use super::Sqlite;
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;

/// The destination that a text names: `sqlite:PATH`, or a path that ends in `.db`, `.sqlite` or
/// `.sqlite3`; `postgres://USER@HOST/DATABASE`.
///
/// # Errors
///
/// When the text names none of the destinations that this build has.
pub fn from_text(text: &str) -> Result<Box<dyn Destination>> {
    named(text, Settings::default())
}

/// What is said of a destination beside the text that names it.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// The schema of the tables.
    pub(crate) dataset: Option<String>,
    /// For a database whose URL has none.
    pub(crate) password: Option<Secret>,
}

/// As [`from_text`], with settings.
pub(crate) fn named(text: &str, settings: Settings) -> Result<Box<dyn Destination>> {
    let Settings { dataset, password } = settings;
    #[cfg(feature = "postgres")]
    if ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
        return Ok(Box::new(Postgres::new(text)?.settings(dataset, password)));
    }
    // a file is opened without
    drop(password);
    if let Some(dataset) = dataset {
        let message =
            format!("there is no dataset `{dataset}` in this destination: it has no schemas");
        return Err(Error::new(ErrorKind::Config, message)
            .with_help("leave the dataset out, or name a PostgreSQL database as the destination"));
    }
    #[cfg(feature = "sqlite")]
    {
        let path = text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:"));
        let is_file = [".db", ".sqlite", ".sqlite3"].iter().any(|ending| text.ends_with(ending));
        // an address of another kind may end like a file
        let is_file = is_file && !text.contains("://");
        if let Some(path) = path.or(is_file.then_some(text)).filter(|path| !path.is_empty()) {
            return Ok(Box::new(Sqlite::file(path)));
        }
    }
    // the text may hold a password: it is not shown
    let (what, help) = match text.split_once("://") {
        Some(("postgres" | "postgresql", _)) => (
            "this program was built without PostgreSQL".to_owned(),
            "enable the feature `postgres` of `connector-runtime`",
        ),
        Some((scheme, _)) => (format!("`{scheme}` is no destination that this program has"), KNOWN),
        None => ("the destination is not understood".to_owned(), KNOWN),
    };
    Err(Error::new(ErrorKind::Config, what).with_help(help))
}

/// What destinations are called.
pub(crate) const KNOWN: &str = match (cfg!(feature = "sqlite"), cfg!(feature = "postgres")) {
    (true, true) => {
        "a SQLite file, `sqlite:PATH` or a path that ends in `.db`, or `postgres://USER@HOST/DATABASE`"
    }
    (true, false) => "a SQLite file: `sqlite:PATH`, or a path that ends in `.db`",
    (false, true) => "a PostgreSQL database: `postgres://USER@HOST/DATABASE`",
    (false, false) => "the program was built without any: enable `sqlite` or `postgres`",
};
