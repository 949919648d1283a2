//! What requests wait for: their turn, another try, others.

use std::time::Duration;

use tokio::time::Instant;
use tracing::{debug, info, trace, warn};

use super::judge::Failure;
use super::{Call, Client};
use crate::error::Error;
use crate::rate::Turn;
use crate::report::{Event, Observer, WaitReason};

/// Target of the log lines.
const WAIT: &str = "connector_runtime::wait";

/// A wait for a turn that is shorter than this is not told.
const MIN_TOLD: Duration = Duration::from_secs(1);

impl Client {
    pub(super) async fn wait_to_try_again(
        &self,
        failure: &Failure,
        wait: Duration,
        attempt: u32,
        call: &Call<'_>,
    ) -> Result<(), Error> {
        let Call { resource, page, .. } = *call;
        let reason = self.redactor.clean(&failure.message);
        let (status, seconds) = (failure.status, wait.as_secs_f64());
        warn!(target: WAIT, resource, page, attempt, status, wait = seconds, "{reason}; trying again");
        self.told_wait(wait, WaitReason::Retry, &reason, call).await
    }

    /// Keeps the limits of the connector and of the API.
    pub(super) async fn wait_for_turn(&self, call: &Call<'_>) -> Result<(), Error> {
        let _turn = self.stop.unless_told(self.turn.lock()).await?;
        let turn = self.limiter().turn(self.opened.elapsed());
        match turn {
            Turn::Now => {}
            Turn::Own(wait) => {
                self.wait_for_limit(wait, "the connector's rate limit", call).await?
            }
            Turn::Server(wait) => self.wait_for_limit(wait, "the API's rate limit", call).await?,
        }
        loop {
            let paused = self.limiter().paused(self.opened.elapsed());
            let Some(wait) = paused else { return Ok(()) };
            self.wait_for_limit(wait, "the API's rate limit", call).await?;
        }
    }

    async fn wait_for_limit(
        &self,
        wait: Duration,
        reason: &str,
        call: &Call<'_>,
    ) -> Result<(), Error> {
        self.wait(wait, WaitReason::RateLimit, reason, call).await
    }

    /// Waits, and says so where it takes long.
    pub(super) async fn wait(
        &self,
        wait: Duration,
        why: WaitReason,
        reason: &str,
        call: &Call<'_>,
    ) -> Result<(), Error> {
        if wait < MIN_TOLD {
            let (resource, page, seconds) = (call.resource, call.page, wait.as_secs_f64());
            trace!(target: WAIT, resource, page, wait = seconds, "waiting for {reason}");
            return self.counted_wait(wait, why, call).await;
        }
        let (resource, page, seconds) = (call.resource, call.page, wait.as_secs_f64());
        info!(target: WAIT, resource, page, wait = seconds, "waiting for {reason}");
        self.told_wait(wait, why, reason, call).await
    }

    async fn told_wait(
        &self,
        wait: Duration,
        why: WaitReason,
        reason: &str,
        call: &Call<'_>,
    ) -> Result<(), Error> {
        let resource = call.resource;
        call.observer.event(&Event::Waiting { resource, why, wait, reason });
        self.counted_wait(wait, why, call).await
    }

    async fn counted_wait(
        &self,
        wait: Duration,
        why: WaitReason,
        call: &Call<'_>,
    ) -> Result<(), Error> {
        let began = Instant::now();
        let waited = self.stop.unless_told(tokio::time::sleep(wait)).await;
        call.meter.wait(why, began.elapsed());
        waited
    }

    /// Waits for another run.
    pub(crate) async fn pause(
        &self,
        wait: Duration,
        reason: &str,
        resource: &'static str,
        observer: &dyn Observer,
    ) -> Result<(), Error> {
        debug!(target: WAIT, resource, wait = wait.as_secs_f64(), "{reason}");
        observer.event(&Event::Waiting { resource, why: WaitReason::Lease, wait, reason });
        self.stop.unless_told(tokio::time::sleep(wait)).await
    }
}
