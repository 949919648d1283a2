//! PostgreSQL: a database on a server, and in it a schema for each connector.

mod catalog;
mod connection;
mod copy;
#[cfg(feature = "rustls")]
mod der;
mod diff;
mod direct;
mod explain;
mod jsonb;
mod lease;
mod look;
mod numeric;
mod records;
mod running;
mod session;
mod settings;
mod stage;
mod states;
mod straight;
#[cfg(feature = "rustls")]
mod tls;
mod ways;
mod writer;

use std::path::PathBuf;
use std::time::Duration;

use arrow_array::RecordBatch;

use super::sql::system::{self, records::Texts};
use super::sql::{Dialect, Space, ddl};
use super::{
    Begun, BoxFuture, Destination, Diff, Ending, Limits, Load, LoggedLoad, Opened, Progress,
    Reject, States, StoredReject, StoredState, Wanted,
};
use crate::error::{Error, ErrorKind, Result};
use crate::report::RowCounts;
use crate::secret::Secret;
use crate::state::State;
use connection::Connection;
#[cfg(feature = "testing")]
pub use copy::postgres_copy;
use records::Reader;
use settings::Settings;
use writer::Writer;

/// The first instant that PostgreSQL has, in 4714 BC.
const EARLIEST: i64 = -210_866_803_200_000_000;

/// What a timeout of the server can be; to it, zero is none.
const SHORTEST_TIMEOUT: Duration = Duration::from_millis(1);
const LONGEST_TIMEOUT: Duration = Duration::from_secs(24 * 24 * 60 * 60);

/// A PostgreSQL database, from version 12 on.
///
/// Tables are in a schema of their own, the *dataset*. Rows arrive by binary `COPY` and are merged
/// by SQL; a batch with its state and log is one transaction. A connection that is lost is made
/// anew, and a transaction whose end is not known is looked up before it is repeated.
///
/// ```
/// use connector_runtime::destination::{Destination, Postgres};
///
/// # fn main() -> connector_runtime::Result<()> {
/// let destination = Postgres::new("postgres://loader@db.example.com/warehouse?sslmode=verify-full")?
///     .password("hunter2")
///     .dataset("github");
/// assert_eq!(
///     destination.describe(),
///     "PostgreSQL database warehouse at db.example.com, dataset github"
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Postgres {
    settings: Settings,
    /// From [`Destination::open`] on.
    writer: Option<Writer>,
    /// Of whoever looks at what is there.
    reader: Option<Reader>,
}

impl Postgres {
    /// The database at this URL: `postgres://USER@HOST:5432/DATABASE`.
    ///
    /// A password may stand behind the user, but then whoever sees the URL has it; see
    /// [`Self::password`]. A host of the form `%2Fvar%2Frun%2Fpostgresql` is the folder of a socket.
    /// Options follow a `?`:
    ///
    /// | option | meaning |
    /// |---|---|
    /// | `sslmode=disable` | no TLS; what a socket has |
    /// | `sslmode=prefer` | TLS if the server has it, with any certificate; the default |
    /// | `sslmode=require` | TLS, with any certificate |
    /// | `sslmode=verify-ca` | TLS, with a certificate of an authority that is trusted |
    /// | `sslmode=verify-full` | the same, and for the host of the URL |
    /// | `sslrootcert=FILE` | as [`Self::ca_file`] |
    /// | `channel_binding=require` | refuses a server that does not prove to know the password over this very TLS connection (SCRAM-SHA-256-PLUS); otherwise `prefer` |
    /// | `connect_timeout=SECONDS` | how long a connection may take to be made; 30 |
    ///
    /// # Errors
    ///
    /// When the URL is not understood, or has an option that is not known.
    pub fn new(url: &str) -> Result<Self> {
        Ok(Self { settings: Settings::from_url(url)?, writer: None, reader: None })
    }

    /// The schema that the tables are in. It is made if it is not there. Without this call it has
    /// the connector's name.
    #[must_use]
    pub fn dataset(mut self, schema: impl Into<String>) -> Self {
        self.settings.dataset = Some(schema.into());
        self
    }

    /// The user's password.
    #[must_use]
    pub fn password(mut self, password: impl Into<Secret>) -> Self {
        self.settings.password = Some(password.into());
        self
    }

    /// Trusts the certificate authorities in this PEM file, and no others.
    ///
    /// The server must then have TLS, with a certificate for its host (`verify-full`), or with
    /// `sslmode=verify-ca` or `require` for any. Together with `prefer` or `disable` it is an error.
    #[must_use]
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.settings.ca_file = Some(path.into());
        self
    }

    /// How long a statement may run; an hour without this call. The merge of a whole load, where
    /// rows wait for its end, is a few statements.
    ///
    /// PostgreSQL counts from a millisecond to 24 days: what is shorter or longer is taken for the
    /// nearest of these, zero too. There is no way to have no limit.
    #[must_use]
    pub fn statement_timeout(mut self, timeout: Duration) -> Self {
        self.settings.statement_timeout = timeout.clamp(SHORTEST_TIMEOUT, LONGEST_TIMEOUT);
        self
    }

    /// What was given, over what was there before; a password that the URL has stays.
    pub(super) fn settings(mut self, dataset: Option<String>, password: Option<Secret>) -> Self {
        self.settings.dataset = dataset.or(self.settings.dataset);
        self.settings.password = self.settings.password.or(password);
        self
    }

    fn space(&self, connector: &str) -> Space {
        let dataset = self.settings.dataset.as_deref();
        Space { dialect: Dialect::Postgres, schema: dataset.unwrap_or(connector).to_owned() }
    }

    /// Reads tables of our own, and makes of their rows what they mean.
    fn read<'a, T: 'a>(
        &'a mut self,
        wanted: &'a Wanted,
        query: impl FnOnce(&Space) -> String + Send + 'a,
        parse: fn(Vec<Texts>) -> Result<Vec<T>>,
    ) -> BoxFuture<'a, Result<Option<Vec<T>>>> {
        Box::pin(async move {
            let reader = self.reader(wanted.connector);
            let query = query(&reader.space);
            let rows = reader.read(&query).await?;
            rows.map(parse).transpose()
        })
    }

    /// Who reads tables of our own, beside a run.
    fn reader(&mut self, connector: &'static str) -> &mut Reader {
        let space = self.space(connector);
        self.reader.take_if(|reader| reader.space.schema != space.schema);
        let settings = &self.settings;
        self.reader.get_or_insert_with(|| Reader::new(settings.clone(), connector, space))
    }

    fn writer(&mut self) -> Result<&mut Writer> {
        let bug = || Error::new(ErrorKind::Internal, "BUG: the database was not opened");
        self.writer.as_mut().ok_or_else(bug)
    }
}

impl Destination for Postgres {
    fn describe(&self) -> String {
        self.settings.to_string()
    }

    fn limits(&self) -> Limits {
        Limits { nul: false, earliest: EARLIEST, jsonb: true, ..Limits::NONE }
    }

    fn ddl(&self, load: &Load) -> String {
        let space = self.space(load.connector);
        if !load.store {
            return String::new();
        }
        format!("{};\n{}", ddl::create_schema(&space), ddl::script(&space, load))
    }

    fn open<'a>(&'a mut self, loads: &'a [Load]) -> BoxFuture<'a, Result<Opened>> {
        Box::pin(async move {
            let connector = loads.first().map_or("connector", |load| load.connector);
            let space = self.space(connector);
            settings::check_dataset(&space.schema)?;
            let writer = Writer::new(self.settings.clone(), connector, space);
            self.writer.insert(writer).open(loads).await
        })
    }

    fn diff<'a>(&'a mut self, loads: &'a [Load]) -> BoxFuture<'a, Result<Option<Diff>>> {
        Box::pin(async move {
            let connector = loads.first().map_or("connector", |load| load.connector);
            let space = self.space(connector);
            settings::check_dataset(&space.schema)?;
            // beside that of a run
            let mut connection =
                Connection::new(self.settings.clone(), connector, space.schema.clone());
            Ok(Some(diff::diff(&mut connection, &space, loads).await?))
        })
    }

    fn begin<'a>(&'a mut self, load: &'a Load, load_id: i64) -> BoxFuture<'a, Result<Begun>> {
        Box::pin(async move { self.writer()?.begin(load, load_id).await })
    }

    fn states<'a>(
        &'a mut self,
        load: &'a Load,
        states: States<'a>,
    ) -> BoxFuture<'a, Result<Vec<(String, State)>>> {
        Box::pin(async move {
            if let Some(writer) = &mut self.writer {
                return writer.states(load.resource, states).await;
            }
            let reader = self.reader(load.connector);
            let mut rows = Vec::new();
            for query in states::read(&reader.space, load, states) {
                rows.extend(reader.read(&query).await?.unwrap_or_default());
            }
            states::found(load, states, rows)
        })
    }

    fn write<'a>(
        &'a mut self,
        load: &'a Load,
        batch: RecordBatch,
        rejects: Vec<Reject>,
        progress: Progress,
    ) -> BoxFuture<'a, Result<RowCounts>> {
        Box::pin(
            async move { self.writer()?.write(load.resource, &batch, &rejects, &progress).await },
        )
    }

    fn publish<'a>(
        &'a mut self,
        load: &'a Load,
        progress: Progress,
    ) -> BoxFuture<'a, Result<RowCounts>> {
        Box::pin(async move { self.writer()?.publish(load.resource, &progress).await })
    }

    fn end<'a>(&'a mut self, load: &'a Load, ending: Ending) -> BoxFuture<'a, Result<RowCounts>> {
        Box::pin(async move { self.writer()?.end(load.resource, &ending).await })
    }

    fn stored_states<'a>(
        &'a mut self,
        wanted: &'a Wanted,
        after: Option<&'a StoredState>,
    ) -> BoxFuture<'a, Result<Option<Vec<StoredState>>>> {
        let query = move |space: &Space| {
            system::records::states(space, wanted, after, states::PARTITION, states::key)
        };
        self.read(wanted, query, system::records::states_of)
    }

    fn logged_loads<'a>(
        &'a mut self,
        wanted: &'a Wanted,
        before: Option<i64>,
    ) -> BoxFuture<'a, Result<Option<Vec<LoggedLoad>>>> {
        let query = move |space: &Space| system::records::loads(space, wanted, before);
        self.read(wanted, query, system::records::loads_of)
    }

    fn stored_rejects<'a>(
        &'a mut self,
        wanted: &'a Wanted,
        after: Option<&'a StoredReject>,
    ) -> BoxFuture<'a, Result<Option<Vec<StoredReject>>>> {
        let query = move |space: &Space| system::records::rejects(space, wanted, after);
        self.read(wanted, query, system::records::rejects_of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_of_the_url_comes_before_that_of_the_environment() {
        for (url, expected) in [
            ("postgres://me@db/db", "of the environment"),
            ("postgres://me:of%20the%20url@db/db", "of the url"),
        ] {
            let given = Some(Secret::new("of the environment"));
            let postgres = Postgres::new(url).unwrap().settings(Some("x".to_owned()), given);
            assert_eq!(postgres.settings.password.as_ref().unwrap().expose(), expected);
            assert_eq!(postgres.describe(), "PostgreSQL database db at db, dataset x");
            assert!(!format!("{postgres:?}").contains(expected));
        }
    }
}
