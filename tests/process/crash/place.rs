//! Where the rows go.

use connector_tests::{Folder, PgDatabase, Row};

/// A database of one of the two kinds.
pub(super) enum Place {
    Sqlite(Folder),
    Postgres(PgDatabase),
}

impl Place {
    pub(super) fn sqlite() -> Self {
        Self::Sqlite(Folder::new())
    }

    /// `None` where PostgreSQL is not installed.
    pub(super) fn postgres() -> Option<Self> {
        connector_tests::postgres().map(Self::Postgres)
    }

    pub(super) fn destination(&self) -> String {
        match self {
            Self::Sqlite(folder) => format!("sqlite:{}", folder.database().path().display()),
            Self::Postgres(database) => database.url(),
        }
    }

    /// Another database with the same content.
    pub(super) fn copy(&self) -> Self {
        match self {
            Self::Sqlite(folder) => {
                let copy = Folder::new();
                folder.database().execute("PRAGMA wal_checkpoint(TRUNCATE)");
                let from = folder.database();
                std::fs::copy(from.path(), copy.database().path()).expect("copied");
                Self::Sqlite(copy)
            }
            Self::Postgres(database) => Self::Postgres(database.copy()),
        }
    }

    pub(super) fn query(&self, sql: &str) -> Vec<Row> {
        match self {
            Self::Sqlite(folder) => folder.database().texts(sql),
            // the schema has the connector's name
            Self::Postgres(database) => database.query(&format!("SET search_path TO loads; {sql}")),
        }
    }

    /// Tables that no load needs any more.
    pub(super) fn leftovers(&self) -> Vec<Row> {
        match self {
            // what is private to a connection goes with it
            Self::Sqlite(_) => Vec::new(),
            Self::Postgres(database) => database
                .query("SELECT relname FROM pg_class WHERE relname LIKE '\\_connector\\_stage%'"),
        }
    }
}
