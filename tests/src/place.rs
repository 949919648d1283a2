//! Where rows go: tests that hold for every destination ask here.

use std::time::Duration;

use connector_runtime::destination::Destination;

use crate::database::Folder;
use crate::postgres::{PgDatabase, Row, postgres};

/// A database of one of the two kinds.
pub enum Place {
    /// A file in a folder of its own.
    Sqlite(Folder),
    /// A database and the schema that is loaded into.
    Postgres(PgDatabase, &'static str),
}

impl Place {
    /// A new SQLite file.
    pub fn sqlite() -> Self {
        Self::Sqlite(Folder::new())
    }

    /// A new database; `None` where PostgreSQL is not installed.
    pub fn postgres(schema: &'static str) -> Option<Self> {
        postgres().map(|database| Self::Postgres(database, schema))
    }

    /// A new one of each kind that is there.
    pub fn each(schema: &'static str) -> impl Iterator<Item = Self> {
        std::iter::once(Self::sqlite()).chain(Self::postgres(schema))
    }

    /// A new and empty one of the same kind.
    pub fn empty(&self) -> Self {
        match self {
            Self::Sqlite(_) => Self::sqlite(),
            Self::Postgres(database, schema) => Self::Postgres(database.empty(), schema),
        }
    }

    /// As the program takes it.
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => format!("sqlite:{}", folder.database().path().display()),
            Self::Postgres(database, _) => database.url(),
        }
    }

    /// As a run takes it.
    pub fn destination(&self) -> Box<dyn Destination> {
        match self {
            Self::Sqlite(folder) => Box::new(folder.database().destination()),
            Self::Postgres(database, schema) => Box::new(database.destination(schema)),
        }
    }

    /// Another database with the same content; nobody may be connected to this one.
    ///
    /// # Panics
    ///
    /// When there is no database.
    pub fn copy(&self) -> Self {
        match self {
            Self::Sqlite(folder) => {
                let (from, to) = (folder, Folder::new());
                from.database().execute("PRAGMA wal_checkpoint(TRUNCATE)");
                std::fs::copy(from.database().path(), to.database().path()).expect("copied");
                Self::Sqlite(to)
            }
            Self::Postgres(database, schema) => Self::Postgres(database.copy(), schema),
        }
    }

    /// The rows of a query, as texts.
    pub fn query(&self, sql: &str) -> Vec<Row> {
        match self {
            Self::Sqlite(folder) => folder.database().texts(sql),
            Self::Postgres(database, schema) => {
                database.query(&format!("SET search_path TO {schema}; {sql}"))
            }
        }
    }

    /// The rows of a query, the values of each joined by `|`, null as `null`.
    pub fn lines(&self, sql: &str) -> Vec<String> {
        let text = |value: Option<String>| value.unwrap_or_else(|| "null".to_owned());
        let line = |row: Row| row.into_iter().map(text).collect::<Vec<_>>().join("|");
        self.query(sql).into_iter().map(line).collect()
    }

    /// Executes statements, as another program would.
    pub fn execute(&self, sql: &str) {
        match self {
            Self::Sqlite(folder) => folder.database().execute(sql),
            Self::Postgres(..) => drop(self.query(sql)),
        }
    }

    /// Waits until nobody is connected: a server finishes what a process had asked for that was killed.
    ///
    /// # Panics
    ///
    /// When somebody stays for a minute.
    pub fn wait_until_alone(&self) {
        let Self::Postgres(database, _) = self else { return };
        let others = "SELECT count(*) FROM pg_stat_activity \
            WHERE datname = current_database() AND pid <> pg_backend_pid()";
        for _ in 0..12_000 {
            if database.value(others) == "0" {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("somebody is still connected to {}", self.url());
    }

    /// Tables, and files, that no load needs any more.
    pub fn leftovers(&self) -> Vec<String> {
        match self {
            // what is private to a connection goes with it; leases are files
            Self::Sqlite(folder) => folder.locks(),
            Self::Postgres(_, schema) => self.lines(&format!(
                "SELECT tablename FROM pg_tables WHERE schemaname = '{schema}' \
                 AND starts_with(tablename, '_connector_stage')"
            )),
        }
    }
}
