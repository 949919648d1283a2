//! One connection to the database, made anew when it is lost. With its [`Session`] the only file that names the
//! driver's connection and waits.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, TryStreamExt};
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::config::{ChannelBinding, SslMode};
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

use super::explain::{self, Failure};
use super::session::{Backend, Session, bounded, start, texts};
use super::settings::{Host, Settings, TlsMode};
#[cfg(feature = "rustls")]
use super::tls::Tls;
use crate::destination::sql::quote;
use crate::error::Result;
#[cfg(feature = "rustls")]
use crate::error::{Error, ErrorKind};

/// How long a server that restarts is waited for.
const RESTART: Duration = Duration::from_secs(30);
/// Between two tries to connect; twice as long after each.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(4);
/// How long a lock of another session is waited for.
const LOCK_TIMEOUT: Duration = Duration::from_secs(60);
/// How long the server lets a transaction be open that nobody goes on with, as when this machine
/// sleeps.
const IDLE_TIMEOUT: Duration = Duration::from_secs(120);
/// How long a silent network is trusted.
const SILENCE: Duration = Duration::from_secs(60);

/// Sessions are idle while the API is asked, and a merge takes as long as it takes: these, of later
/// versions, are switched off where they are known.
const NO_OTHER_TIMEOUTS: &str = "SELECT set_config(name, '0', false) FROM pg_settings \
     WHERE name IN ('idle_session_timeout', 'transaction_timeout')";

/// A connection, and what it takes to make it.
#[derive(Debug)]
pub(super) struct Connection {
    settings: Settings,
    /// What the server's administrator sees.
    application: &'static str,
    /// Where names without a schema are.
    schema: String,
    /// From the first connection on.
    #[cfg(feature = "rustls")]
    tls: Option<Tls>,
    session: Option<Session>,
    /// How many sessions there were.
    sessions: u64,
    /// The session before, which the server may not know to be gone.
    former: Option<Backend>,
}

pub(super) use crate::destination::sql::system::records::Texts;

impl Connection {
    pub(super) fn new(settings: Settings, application: &'static str, schema: String) -> Self {
        Self {
            settings,
            application,
            schema,
            #[cfg(feature = "rustls")]
            tls: None,
            session: None,
            sessions: 0,
            former: None,
        }
    }

    /// Makes the connection if there is none. Returns the number of the session: a new one has no
    /// temporary tables and no locks.
    pub(super) async fn ready(&mut self) -> Result<u64> {
        if self.session.as_ref().is_some_and(|session| !session.client.is_closed()) {
            return Ok(self.sessions);
        }
        self.lose();
        let end = Instant::now() + RESTART;
        let mut wait = FIRST_WAIT;
        loop {
            match self.connect_in_time(end).await {
                Ok(session) => {
                    self.session = Some(session);
                    self.sessions += 1;
                    return Ok(self.sessions);
                }
                Err(Failure::Lost(_)) if Instant::now() + wait < end => sleep(wait).await,
                Err(failure) => return Err(explain::at(&self.settings, failure.into())),
            }
            wait = (2 * wait).min(LONGEST_WAIT);
        }
    }

    /// The driver's own limit is for the TCP connection alone; this one is for the name of the host,
    /// TLS, the password and the greeting, too. A server that was there before is given up at
    /// `end`.
    async fn connect_in_time(&mut self, end: Instant) -> Result<Session, Failure> {
        let was_there = self.former.is_some();
        let mut limit = self.settings.connect_timeout;
        if was_there {
            limit = limit.min(end.saturating_duration_since(Instant::now()));
        }
        match timeout(limit, self.connect()).await {
            Ok(connected) => connected,
            Err(_) if was_there => Err(Failure::Lost(explain::not_in_time(limit))),
            Err(_) => Err(Failure::Final(explain::not_in_time(limit))),
        }
    }

    /// Forgets the session.
    fn lose(&mut self) {
        if let Some(session) = self.session.take() {
            session.task.abort();
            self.former = Some(session.backend);
        }
    }

    async fn connect(&mut self) -> Result<Session, Failure> {
        let mode = self.settings.tls()?;
        let config = self.config(mode);
        let started = match mode {
            TlsMode::Disable => start(&config, NoTls).await,
            #[cfg(feature = "rustls")]
            mode => start(&config, self.tls(mode).await?).await,
            #[cfg(not(feature = "rustls"))]
            TlsMode::Prefer => start(&config, NoTls).await,
            #[cfg(not(feature = "rustls"))]
            _ => {
                let text = "this program was built without TLS, and `sslmode` asks for it";
                return Err(super::settings::wrong(text).into());
            }
        };
        let refused = |error: &tokio_postgres::Error| {
            // a server that was there before comes back, one that starts is there soon
            let is_coming = match &self.former {
                Some(_) => explain::is_transient(error),
                None => explain::is_starting(error),
            };
            let error = explain::explain(error, &self.settings);
            if is_coming { Failure::Lost(error) } else { Failure::Final(error) }
        };
        let session = started.map_err(|error| refused(&error))?;
        let greeted = bounded(&self.settings, 1, session.0.simple_query(&self.greeting())).await?;
        let mut backend = Backend::default();
        if let Some(row) = texts(&greeted).pop() {
            let mut row = row.into_iter().flatten();
            backend.pid = row.next().unwrap_or_default();
            backend.started = row.next().unwrap_or_default();
        }
        Ok(Session::new(session, backend))
    }

    /// Reads the certificates that are trusted, once.
    #[cfg(feature = "rustls")]
    async fn tls(&mut self, mode: TlsMode) -> Result<Tls> {
        if let Some(tls) = &self.tls {
            return Ok(tls.clone());
        }
        let settings = self.settings.clone();
        let made = tokio::task::spawn_blocking(move || Tls::new(&settings, mode)).await;
        let bug =
            |error| Error::new(ErrorKind::Internal, format!("BUG: reading certificates: {error}"));
        Ok(self.tls.insert(made.map_err(bug)??).clone())
    }

    fn config(&self, mode: TlsMode) -> Config {
        let Settings { host, port, user, password, database, connect_timeout, .. } = &self.settings;
        let mut config = Config::new();
        match host {
            Host::Name(name) => config.host(name),
            Host::Socket(folder) => config.host(folder.to_string_lossy()),
        };
        config.port(*port).user(user).dbname(database);
        config.application_name(self.application);
        // a host may have two addresses, and the first may be a dead end
        config.connect_timeout(*connect_timeout / 2);
        config.tcp_user_timeout(SILENCE).keepalives_idle(SILENCE / 2);
        config.ssl_mode(match mode {
            TlsMode::Disable => SslMode::Disable,
            TlsMode::Prefer => SslMode::Prefer,
            _ => SslMode::Require,
        });
        if self.settings.channel_binding {
            config.channel_binding(ChannelBinding::Require);
        }
        if let Some(password) = password {
            config.password(password.expose());
        }
        config
    }

    /// How the session is to behave, whatever its role or database has been told, and who it is.
    fn greeting(&self) -> String {
        format!(
            "SET search_path TO {}; SET standard_conforming_strings = on; \
             SET statement_timeout = {}; SET lock_timeout = {}; \
             SET idle_in_transaction_session_timeout = {}; SET timezone TO 'UTC'; \
             SET datestyle TO 'ISO'; SET client_min_messages TO warning; {NO_OTHER_TIMEOUTS}; \
             SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()",
            quote(&self.schema),
            self.settings.statement_timeout.as_millis(),
            LOCK_TIMEOUT.as_millis(),
            IDLE_TIMEOUT.as_millis()
        )
    }

    /// Runs statements. Returns how many rows each of them has affected.
    pub(super) async fn execute(
        &mut self,
        statements: &[impl AsRef<str> + Sync],
    ) -> Result<Vec<u64>, Failure> {
        if statements.is_empty() {
            return Ok(Vec::new());
        }
        let sql: Vec<_> = statements.iter().map(AsRef::as_ref).collect();
        let count = u32::try_from(statements.len()).unwrap_or(u32::MAX);
        let messages = self.simple(count, &sql.join(";\n")).await?;
        let affected = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::CommandComplete(affected) => Some(*affected),
            _ => None,
        });
        Ok(affected.collect())
    }

    /// The rows of a query.
    pub(super) async fn query(&mut self, sql: &str) -> Result<Vec<Texts>, Failure> {
        Ok(texts(&self.simple(1, sql).await?))
    }

    /// The first value of a query, if it has a row and that is not null.
    pub(super) async fn value(&mut self, sql: &str) -> Result<Option<String>, Failure> {
        Ok(self.query(sql).await?.into_iter().flatten().next().flatten())
    }

    /// Whether something is so, by a query that is planned once in a session.
    pub(super) async fn is_so(&mut self, sql: &str) -> Result<bool, Failure> {
        let session = self.session.as_mut().ok_or_else(lost)?;
        let answer = bounded(&self.settings, 1, async {
            let statement = session.prepare(sql).await?;
            session.client.query_one(&statement, &[]).await?.try_get(0)
        });
        let answer = answer.await;
        self.note(answer)
    }

    /// Sends rows into a table. Returns how many the server has taken.
    pub(super) async fn copy(
        &mut self,
        sql: &str,
        chunks: impl Iterator<Item = Bytes> + Send,
    ) -> Result<u64, Failure> {
        let session = self.session.as_mut().ok_or_else(lost)?;
        let sent = bounded(&self.settings, 1, async {
            let statement = session.prepare(sql).await?;
            let mut sink = pin!(session.client.copy_in::<_, Bytes>(&statement).await?);
            for chunk in chunks {
                sink.send(chunk).await?;
            }
            fail_point!("postgres.copy.middle");
            sink.finish().await
        });
        let sent = sent.await;
        self.note(sent)
    }

    /// Reads what a `COPY .. TO STDOUT` says, piece by piece.
    pub(super) async fn read(
        &mut self,
        sql: &str,
        mut each: impl FnMut(&[u8]) + Send,
    ) -> Result<(), Failure> {
        let session = self.session.as_mut().ok_or_else(lost)?;
        let read = bounded(&self.settings, 1, async {
            let statement = session.prepare(sql).await?;
            let mut pieces = pin!(session.client.copy_out(&statement).await?);
            fail_point!("postgres.look.middle");
            while let Some(piece) = pieces.try_next().await? {
                each(&piece);
            }
            Ok(())
        });
        let read = read.await;
        self.note(read)
    }

    /// Begins a transaction, whatever the one before has come to.
    pub(super) async fn begin(&mut self) -> Result<(), Failure> {
        self.rollback().await;
        let session = self.session.as_mut().ok_or_else(lost)?;
        session.is_open = true;
        let pid = session.backend.pid.clone();
        let begin = "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_backend_pid()";
        if self.value(begin).await?.as_ref() == Some(&pid) {
            return Ok(());
        }
        let text = "this transaction is in another session than the one before: a pooler hands them out by the transaction";
        let help = "connect to the server itself, or to a pooler that hands out whole sessions";
        Err(explain::destination(text).with_help(help).into())
    }

    /// Commits the transaction.
    pub(super) async fn commit(&mut self) -> Result<(), Failure> {
        match self.simple(1, "COMMIT").await {
            Ok(_) => {
                self.session.as_mut().ok_or_else(lost)?.is_open = false;
                Ok(())
            }
            Err(Failure::Lost(error)) => Err(Failure::Unanswered(error)),
            Err(failure) => Err(failure),
        }
    }

    /// Ends a transaction that was begun and not committed, if there is one.
    pub(super) async fn rollback(&mut self) {
        let Some(session) = &mut self.session else { return };
        if std::mem::take(&mut session.is_open) {
            // where that fails, the session and the transaction have ended
            let _ = self.simple(1, "ROLLBACK").await;
        }
    }

    /// Ends the session before this one, if the server does not know that it is gone: it may hold
    /// locks, and it may still be at the end of a transaction.
    pub(super) async fn end_former(&mut self) -> Result<(), Failure> {
        let Some(Backend { pid, started }) = self.former.clone() else { return Ok(()) };
        let sql = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = {pid} AND backend_start = '{started}'"
        );
        self.simple(1, &sql).await.map(drop)
    }

    /// Lets a moment pass, for something to happen at the server.
    pub(super) async fn pause(&self) {
        sleep(FIRST_WAIT).await;
    }

    fn client(&self) -> Result<&Client, Failure> {
        self.session.as_ref().map(|session| &session.client).ok_or_else(lost)
    }

    async fn simple(
        &mut self,
        statements: u32,
        sql: &str,
    ) -> Result<Vec<SimpleQueryMessage>, Failure> {
        let answer = self.client()?.simple_query(sql);
        let answer = bounded(&self.settings, statements, answer).await;
        self.note(answer)
    }

    fn note<T>(&mut self, result: Result<T, Failure>) -> Result<T, Failure> {
        if let Err(Failure::Lost(_)) = result {
            self.lose();
        }
        result
    }
}

fn lost() -> Failure {
    Failure::Lost(explain::destination("the connection to the database is lost"))
}
