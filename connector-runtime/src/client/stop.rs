//! The end of a run before its time: what is broken off at once, and what is waited for a while.

use std::future::Future;
use std::sync::OnceLock;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::error::{Error, ErrorKind};

/// How long that is waited for which would lose something if it were broken off.
pub(crate) const GRACE: Duration = Duration::from_secs(3);

/// Whether, and since when, a run is to end.
#[derive(Debug)]
pub(crate) struct Stop {
    cancel: CancellationToken,
    /// Nothing more is sent: for that reason, or for one of the run's own.
    end: CancellationToken,
    /// The end of the run, and how long it may take.
    deadline: Option<(Instant, Duration)>,
    /// When it was told to.
    told: OnceLock<Instant>,
}

impl Stop {
    pub(crate) fn new(
        cancel: CancellationToken,
        opened: Instant,
        max_run_time: Option<Duration>,
    ) -> Self {
        // a time that no clock reaches is none
        let deadline = max_run_time.and_then(|time| Some((opened.checked_add(time)?, time)));
        // it may be ended without whatever else the token is for
        let end = cancel.child_token();
        Self { cancel, end, deadline, told: OnceLock::new() }
    }

    /// Nothing more is sent, for a reason of the run's own. What is under way has all the time it needs.
    pub(super) fn end(&self) {
        self.end.cancel();
    }

    /// The result of `work`, unless the run is to end before it is there.
    pub(super) async fn unless_told<T>(&self, work: impl Future<Output = T>) -> Result<T, Error> {
        // asked before, and not listened to beside work that is done at once: most of it is
        if self.end.is_cancelled() || self.is_late() {
            return Err(self.stopped());
        }
        tokio::select! {
            biased;
            done = work => Ok(done),
            () = self.said_by(&self.end) => Err(self.stopped()),
        }
    }

    /// The result of `work`, which is waited for a while when the run is to end.
    pub(crate) async fn in_grace<T>(
        &self,
        what: &str,
        work: impl Future<Output = T>,
    ) -> Result<T, Error> {
        tokio::select! {
            biased;
            done = work => Ok(done),
            () = self.overdue() => {
                let waited = GRACE.as_secs();
                let text = format!("{}, and {what} did not end within {waited} s", self.error().message());
                Err(Error::new(ErrorKind::Interrupted, text))
            }
        }
    }

    /// Waits until the run is to end, and then as long as that may take.
    pub(crate) async fn overdue(&self) {
        tokio::time::sleep_until(self.told().await + GRACE).await;
    }

    /// Waits until the run is to end, and says since when.
    async fn told(&self) -> Instant {
        self.said_by(&self.cancel).await;
        self.since()
    }

    /// Waits until a token says that the run is to end, or its time is over.
    async fn said_by(&self, token: &CancellationToken) {
        match self.deadline {
            None => token.cancelled().await,
            Some((deadline, _)) => tokio::select! {
                () = token.cancelled() => {}
                () = tokio::time::sleep_until(deadline) => {}
            },
        }
    }

    /// Whether the time of the run is over.
    fn is_late(&self) -> bool {
        self.deadline.is_some_and(|(deadline, _)| deadline <= Instant::now())
    }

    /// Since when it is to end: the first time that it was noticed.
    fn since(&self) -> Instant {
        *self.told.get_or_init(Instant::now)
    }

    /// What is not done any more, and why. Who waits in grace from now on counts from here.
    fn stopped(&self) -> Error {
        if self.cancel.is_cancelled() || self.is_late() {
            self.since();
        }
        self.error()
    }

    fn error(&self) -> Error {
        let text = match self.deadline {
            Some((_, longest)) if !self.end.is_cancelled() => {
                format!("the run has taken as long as it may, {longest:?}")
            }
            _ => "told to stop".to_owned(),
        };
        Error::new(ErrorKind::Interrupted, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_under_way_has_a_while_from_the_first_word_on() {
        let cancel = CancellationToken::new();
        let stop = Stop::new(cancel.clone(), Instant::now(), None);
        let seconds = Duration::from_secs;
        let started = Instant::now();
        let (first, second, at_once, ()) = tokio::join!(
            stop.in_grace("it", tokio::time::sleep(seconds(12))),
            stop.in_grace("it", tokio::time::sleep(seconds(14))),
            stop.unless_told(std::future::pending::<()>()),
            async {
                tokio::time::sleep(seconds(10)).await;
                cancel.cancel();
            },
        );
        assert!(first.is_ok());
        let error = second.expect_err("too late");
        assert_eq!(error.message(), "told to stop, and it did not end within 3 s");
        assert_eq!(at_once.expect_err("stopped").message(), "told to stop");
        assert_eq!(started.elapsed(), seconds(13));
        // what begins later has no time of its own
        tokio::time::sleep(seconds(1)).await;
        assert!(stop.in_grace("it", std::future::pending::<()>()).await.is_err());
        assert_eq!(started.elapsed(), seconds(14));
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_that_ends_by_itself_lets_what_is_under_way_come_to_its_end() {
        let cancel = CancellationToken::new();
        let stop = Stop::new(cancel.clone(), Instant::now(), None);
        stop.end();
        assert!(stop.unless_told(std::future::pending::<()>()).await.is_err());
        assert!(stop.in_grace("it", tokio::time::sleep(10 * GRACE)).await.is_ok());
        assert!(!cancel.is_cancelled());
    }

    #[tokio::test(start_paused = true)]
    async fn the_longest_time_of_a_run_is_a_word_too() {
        let longest = Duration::from_secs(3);
        let stop = Stop::new(CancellationToken::new(), Instant::now(), Some(longest));
        let error = stop.unless_told(std::future::pending::<()>()).await.expect_err("stopped");
        assert_eq!(error.message(), "the run has taken as long as it may, 3s");
        let started = Instant::now();
        assert!(stop.in_grace("it", std::future::pending::<()>()).await.is_err());
        assert_eq!(started.elapsed(), GRACE);
    }
}
