//! The databases that are loaded into.

use connector_tests::{Cluster, Folder, PgDatabase};

use crate::{Result, processes};

/// Where the rows go.
pub enum Kind {
    /// The settings of a new installation: what is committed survives a power failure.
    Postgres {
        /// Runs as long as this value.
        cluster: Box<Cluster>,
        /// The process that all others of it descend from.
        pid: u32,
    },
    /// A file.
    Sqlite,
}

/// One database; a file goes with this value.
pub enum Database {
    /// Of the cluster.
    Postgres(PgDatabase),
    /// A file.
    Sqlite(connector_tests::Database),
}

impl Kind {
    /// `postgres`, a private cluster, or `sqlite`.
    ///
    /// # Errors
    ///
    /// When it is neither, or not installed.
    pub fn named(name: &str) -> Result<Self> {
        match name {
            "postgres" => {
                let settings = "-c fsync=on -c shared_buffers=128MB";
                let cluster = Cluster::start_with(settings).ok_or("PostgreSQL is not installed")?;
                Ok(Self::Postgres { pid: cluster.pid(), cluster: Box::new(cluster) })
            }
            "sqlite" => Ok(Self::Sqlite),
            other => Err(format!("`{other}` is neither `sqlite` nor `postgres`").into()),
        }
    }

    /// Seconds of processor time that the server has taken so far, in hundredths; 0 where there is none.
    ///
    /// # Errors
    ///
    /// When the system does not tell.
    pub fn server_cpu(&self) -> Result<f64> {
        match self {
            Self::Postgres { pid, .. } => processes::cpu_of_tree(*pid),
            Self::Sqlite => Ok(0.0),
        }
    }

    /// A new database.
    pub fn database(&self) -> Database {
        match self {
            Self::Postgres { cluster, .. } => Database::Postgres(cluster.database()),
            Self::Sqlite => Database::Sqlite(Folder::new().into_database()),
        }
    }
}

impl Database {
    /// As `--destination` takes it.
    ///
    /// # Errors
    ///
    /// When it is a path that is no text.
    pub fn text(&self) -> Result<String> {
        match self {
            Self::Postgres(database) => Ok(database.url()),
            Self::Sqlite(database) => {
                Ok(database.path().to_str().ok_or("a path that is no text")?.to_owned())
            }
        }
    }

    /// The first row of a query, as texts. Tables of PostgreSQL are in the schema of this name.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn row(&self, schema: &str, sql: &str) -> Result<Vec<String>> {
        let rows = match self {
            Self::Postgres(database) => {
                database.query(&format!("SET TIME ZONE UTC; SET search_path TO {schema}; {sql}"))
            }
            Self::Sqlite(database) => database.texts(sql),
        };
        let row = rows.into_iter().next().ok_or("a query without a row")?;
        Ok(row.into_iter().map(Option::unwrap_or_default).collect())
    }
}
