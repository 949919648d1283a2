//! [`Tokens`]: one token for all requests, renewed once however many of them wait.

use std::fmt;
use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::TokenServer;
use crate::error::Result;
use crate::secret::Secret;

/// Counts the tokens of a connector, from 1.
pub(crate) type Generation = u64;

/// Where new tokens come from.
pub(super) trait TokenSource: fmt::Debug + Send + Sync {
    /// Asks for a new token.
    fn fetch(&self, server: &mut dyn TokenServer) -> impl Future<Output = Result<Fetched>> + Send;
}

/// A token that a server has issued.
#[derive(Clone, Debug)]
pub(super) struct Fetched {
    pub(super) token: Secret,
    /// How long it is used.
    pub(super) lifetime: Duration,
}

/// The token of a connector.
#[derive(Debug)]
pub(super) struct Tokens<S> {
    source: S,
    current: Mutex<Current>,
    /// Held by the one request that asks for a new token while the others wait.
    flight: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Current {
    token: Option<(Secret, Instant)>,
    generation: Generation,
}

impl<S: TokenSource> Tokens<S> {
    pub(super) fn new(source: S) -> Self {
        Self { source, current: Mutex::default(), flight: tokio::sync::Mutex::default() }
    }

    /// Where the tokens come from.
    pub(super) fn source(&self) -> &S {
        &self.source
    }

    /// The token, a new one where the old one has come to its end.
    pub(super) async fn token(&self, server: &mut dyn TokenServer) -> Result<(Secret, Generation)> {
        if let Some(found) = self.current().valid() {
            return Ok(found);
        }
        let _flight = self.flight.lock().await;
        // whoever held the lock before has fetched one
        if let Some(found) = self.current().valid() {
            return Ok(found);
        }
        let asked = Instant::now();
        let Fetched { token, lifetime } = self.source.fetch(server).await?;
        server.learn(&token);
        let mut current = self.current();
        current.generation += 1;
        current.token = asked.checked_add(lifetime).map(|end| (token.clone(), end));
        Ok((token, current.generation))
    }

    /// Forgets a token that was refused, unless it was replaced meanwhile.
    pub(super) fn discard(&self, refused: Generation) {
        let mut current = self.current();
        if current.generation == refused {
            current.token = None;
        }
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Current {
    fn valid(&self) -> Option<(Secret, Generation)> {
        let (token, end) = self.token.as_ref()?;
        (Instant::now() < *end).then(|| (token.clone(), self.generation))
    }
}
