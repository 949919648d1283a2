//! One database of a cluster.

use std::sync::atomic::{AtomicU32, Ordering};

use connector_runtime::destination::Postgres;

use super::USER;
use super::reader::{self, Row};

/// A database for one test.
#[derive(Clone, Debug)]
pub struct PgDatabase {
    port: u16,
    name: String,
}

impl PgDatabase {
    pub(super) fn create(port: u16) -> Self {
        Self::create_with(port, "")
    }

    fn create_with(port: u16, options: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let server = Self { port, name: "postgres".to_owned() };
        server.query(&format!("CREATE DATABASE {name} {options}"));
        Self { port, name }
    }

    /// An empty database beside it.
    pub fn empty(&self) -> Self {
        Self::create(self.port)
    }

    /// A database with the same content; nobody may be connected to this one.
    pub fn copy(&self) -> Self {
        Self::create_with(self.port, &format!("TEMPLATE {}", self.name))
    }

    /// Its address, as a destination and as PostgreSQL's own programs take it.
    pub fn url(&self) -> String {
        self.url_through(self.port)
    }

    /// The port of its server.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address through another port of the loopback, such as that of a proxy.
    pub fn url_through(&self, port: u16) -> String {
        format!("postgres://{USER}@127.0.0.1:{port}/{}", self.name)
    }

    /// A schema of the database as a destination.
    ///
    /// # Panics
    ///
    /// Never: the address is one.
    pub fn destination(&self, schema: &str) -> Postgres {
        Postgres::new(&self.url()).expect("an address").dataset(schema)
    }

    /// Executes statements and returns the rows of the last that has any, as texts.
    ///
    /// Works inside of an asynchronous test, too, which it holds up: what the test's own
    /// destination has locked must not be asked for; [`super::rows`] waits for that.
    ///
    /// # Panics
    ///
    /// When the server refuses them.
    pub fn query(&self, sql: &str) -> Vec<Row> {
        self.try_query(sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// As [`Self::query`], with the server's message where it refuses.
    ///
    /// # Errors
    ///
    /// When it refuses, or cannot be reached.
    pub fn try_query(&self, sql: &str) -> Result<Vec<Row>, String> {
        let run = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(reader::rows(&self.url(), sql))
        };
        // a runtime does not start inside of another one
        std::thread::scope(|scope| scope.spawn(run).join()).expect("no panic")
    }

    /// The only value of a query with one row.
    ///
    /// # Panics
    ///
    /// When there are more rows or fewer, or the value is null.
    pub fn value(&self, sql: &str) -> String {
        match &self.query(sql)[..] {
            [row] => row[0].clone().unwrap_or_else(|| panic!("{sql}: null")),
            rows => panic!("{sql}: {} rows", rows.len()),
        }
    }
}
