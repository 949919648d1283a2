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
    /// How long it is used; `None`: until it is refused.
    pub(super) lifetime: Option<Duration>,
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
    /// With its end, by a clock that nobody sets.
    token: Option<(Secret, Option<Instant>)>,
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
        // an end that no clock reaches is none
        let end = lifetime.and_then(|lifetime| asked.checked_add(lifetime));
        current.token = Some((token.clone(), end));
        Ok((token, current.generation))
    }

    /// Whether there is a token that need not be asked for.
    pub(super) fn is_valid(&self) -> bool {
        self.current().valid().is_some()
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
        let ended = end.is_some_and(|end| end <= Instant::now());
        (!ended).then(|| (token.clone(), self.generation))
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::auth::Grant;
    use crate::error::Error;
    use crate::http::{Request, Response};

    /// Numbers its tokens.
    #[derive(Debug, Default)]
    struct Counting(AtomicU64, Option<Duration>);

    impl TokenSource for Counting {
        async fn fetch(&self, _: &mut dyn TokenServer) -> Result<Fetched> {
            let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
            let token = Secret::new(number.to_string());
            Ok(Fetched { token, lifetime: self.1 })
        }
    }

    struct Unasked;

    impl TokenServer for Unasked {
        fn ask<'a>(
            &'a mut self,
            _: &'a Request,
            _: Grant,
        ) -> Pin<Box<dyn Future<Output = Result<Response>> + Send + 'a>> {
            unreachable!("the source makes its tokens itself")
        }

        fn wait<'a>(
            &'a mut self,
            _: Duration,
            _: &'static str,
        ) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>> {
            unreachable!("the source waits for nobody")
        }

        fn learn(&self, _: &Secret) {}

        fn learn_signature(&self, _: &Secret) {}

        fn refuse(&self, error: Error, _: &Request) -> Error {
            error
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_refusal_of_an_old_token_leaves_the_new_one() {
        let tokens = Tokens::new(Counting(AtomicU64::new(0), Some(Duration::from_secs(10))));
        let token = async || tokens.token(&mut Unasked).await.expect("a token").1;
        assert_eq!((token().await, token().await), (1, 1));
        tokens.discard(1);
        assert_eq!(token().await, 2);
        // another request had been sent with the first one
        tokens.discard(1);
        assert_eq!(token().await, 2);
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(token().await, 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_without_an_end_is_used_until_it_is_refused() {
        // one that ends beyond any clock, too
        for lifetime in [None, Some(Duration::MAX)] {
            let tokens = Tokens::new(Counting(AtomicU64::new(0), lifetime));
            let token = async || tokens.token(&mut Unasked).await.expect("a token").1;
            assert_eq!(token().await, 1);
            tokio::time::advance(Duration::from_secs(1_000_000_000)).await;
            assert_eq!(token().await, 1);
            tokens.discard(1);
            assert_eq!(token().await, 2);
        }
    }
}
