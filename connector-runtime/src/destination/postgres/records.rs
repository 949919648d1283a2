//! What a database has of a connector, read without making or altering anything.

use super::catalog;
use super::connection::{Connection, Texts};
use super::explain::Failure;
use super::settings::Settings;
use crate::destination::sql::{Space, system};
use crate::error::Result;

/// How often a connection that is lost is made anew for one query.
const TRIES: u32 = 3;

/// A connection of its own, beside that of a run.
#[derive(Debug)]
pub(super) struct Reader {
    connection: Connection,
    pub(super) space: Space,
}

impl Reader {
    pub(super) fn new(settings: Settings, application: &'static str, space: Space) -> Self {
        Self { connection: Connection::new(settings, application, space.schema.clone()), space }
    }

    /// The rows of a query for tables of our own; `None`: there are no such tables.
    pub(super) async fn read(&mut self, query: &str) -> Result<Option<Vec<Texts>>> {
        let mut tries = 1;
        loop {
            match self.try_read(query).await {
                Ok(rows) => return Ok(rows),
                Err(Failure::Lost(_)) if tries < TRIES => self.connection.pause().await,
                Err(failure) => return Err(failure.into()),
            }
            tries += 1;
        }
    }

    async fn try_read(&mut self, query: &str) -> Result<Option<Vec<Texts>>, Failure> {
        let Self { connection, space } = self;
        connection.ready().await?;
        if !catalog::has_table(connection, space, "_connector_version").await? {
            return Ok(None);
        }
        let version = connection.value(&system::read_version(space)).await?;
        if !system::is_readable(version.and_then(|version| version.parse().ok()))? {
            return Ok(None);
        }
        connection.query(query).await.map(Some)
    }
}
