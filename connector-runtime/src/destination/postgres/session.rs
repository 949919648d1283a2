//! A session of the server: what it is called, what is parsed in it, and how long it may take to answer.

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, SimpleQueryMessage, Socket, Statement};

use super::explain::{self, Failure};
use super::settings::Settings;
use crate::destination::sql::system::records::Texts;

/// How much later than the server's own timeout it is given up.
const GRACE: Duration = Duration::from_secs(30);

/// A session of the server.
pub(super) struct Session {
    pub(super) client: Client,
    pub(super) task: JoinHandle<()>,
    pub(super) backend: Backend,
    /// A transaction was begun and not ended: its future was dropped.
    pub(super) is_open: bool,
    /// Statements that come again and again.
    prepared: HashMap<String, Statement>,
}

/// What a session is called at the server.
#[derive(Clone, Debug, Default)]
pub(super) struct Backend {
    pub(super) pid: String,
    pub(super) started: String,
}

impl Session {
    pub(super) fn new((client, task): (Client, JoinHandle<()>), backend: Backend) -> Self {
        Self { client, task, backend, is_open: false, prepared: HashMap::new() }
    }

    /// A statement that comes again and again, parsed once.
    pub(super) async fn prepare(&mut self, sql: &str) -> Result<Statement, tokio_postgres::Error> {
        if let Some(statement) = self.prepared.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).await?;
        Ok(self.prepared.entry(sql.to_owned()).or_insert(statement).clone())
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Session").field(&self.backend).finish()
    }
}

/// Connects, and has the runtime drive the connection.
pub(super) async fn start<T>(
    config: &Config,
    tls: T,
) -> Result<(Client, JoinHandle<()>), tokio_postgres::Error>
where
    T: MakeTlsConnect<Socket, Stream: Send + 'static>,
{
    let (client, connection) = config.connect(tls).await?;
    // whoever waits for an answer gets the error
    let task = tokio::spawn(async { drop(connection.await) });
    Ok((client, task))
}

/// The server gives statements up itself, each after its time; this is for one that does not answer
/// at all. Answers to statements that were sent together come together.
pub(super) async fn bounded<T>(
    settings: &Settings,
    statements: u32,
    work: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, Failure> {
    let limit = settings.statement_timeout.saturating_mul(statements).saturating_add(GRACE);
    match timeout(limit, work).await {
        Ok(result) => result.map_err(|error| explain::failure(&error, settings)),
        Err(_) => Err(explain::no_answer(limit.as_secs())),
    }
}

/// The rows among the answers.
pub(super) fn texts(messages: &[SimpleQueryMessage]) -> Vec<Texts> {
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => {
            Some((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect())
        }
        _ => None,
    });
    rows.collect()
}
