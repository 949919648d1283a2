//! The databases that the job loads into.

use std::path::Path;

use connector_tests::{Cluster, PgDatabase};

use crate::Result;

/// Where the rows go.
pub(crate) enum Kind {
    /// The settings of a new installation: what is committed survives a power failure.
    Postgres(Box<Cluster>),
    Sqlite(tempfile::TempDir),
}

/// One database.
pub(crate) enum Database {
    Postgres(PgDatabase),
    Sqlite(String),
}

impl Kind {
    pub(crate) fn named(name: &str) -> Result<Self> {
        match name {
            "postgres" => {
                let settings = "-c fsync=on -c shared_buffers=128MB";
                let cluster = Cluster::start_with(settings).ok_or("PostgreSQL is not installed")?;
                Ok(Self::Postgres(Box::new(cluster)))
            }
            "sqlite" => Ok(Self::Sqlite(tempfile::tempdir()?)),
            other => Err(format!("`{other}` is neither `sqlite` nor `postgres`").into()),
        }
    }

    /// A new database; for SQLite one of this name, and what was called so before is gone.
    pub(crate) fn database(&self, name: &str) -> Result<Database> {
        match self {
            Self::Postgres(cluster) => Ok(Database::Postgres(cluster.database())),
            Self::Sqlite(folder) => {
                for ending in ["", "-wal", "-shm"] {
                    let _ = std::fs::remove_file(folder.path().join(format!("{name}.db{ending}")));
                }
                let path = folder.path().join(format!("{name}.db"));
                Ok(Database::Sqlite(text(&path)?))
            }
        }
    }
}

fn text(path: &Path) -> Result<String> {
    Ok(path.to_str().ok_or("a path that is no text")?.to_owned())
}

impl Database {
    /// As `--destination` takes it.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Postgres(database) => database.url(),
            Self::Sqlite(path) => path.clone(),
        }
    }

    /// How many rows there are, how many keys, and the sum of the values.
    pub(crate) fn found(&self) -> Result<(u64, u64, f64)> {
        const SUMS: &str = "SELECT count(*), count(DISTINCT id), sum(value) FROM";
        match self {
            Self::Postgres(database) => {
                let rows = database.query(&format!("{SUMS} example_api.resource_name"));
                let texts: Vec<_> = rows[0].iter().flatten().collect();
                Ok((texts[0].parse()?, texts[1].parse()?, texts[2].parse()?))
            }
            Self::Sqlite(path) => {
                let connection = rusqlite::Connection::open(path)?;
                let found = connection.query_row(&format!("{SUMS} resource_name"), [], |row| {
                    Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get(2)?))
                })?;
                Ok((u64::try_from(found.0)?, u64::try_from(found.1)?, found.2))
            }
        }
    }
}
