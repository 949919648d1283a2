//! [`Bounded`]: a destination that is not waited for much longer once somebody was told to stop.

use std::sync::Arc;

use arrow_array::RecordBatch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::client::Stop;
use crate::destination::{
    Begun, BoxFuture, Destination, Diff, Ending, Limits, Load, LoggedLoad, Opened, Progress,
    Reject, States, StoredReject, StoredState, Wanted,
};
use crate::error::Result;
use crate::report::RowCounts;
use crate::state::State;

/// A destination whose calls end in time. What it was doing then is not committed, or is: both are
/// true, as rows and state go together.
#[derive(Debug)]
pub(crate) struct Bounded {
    inner: Box<dyn Destination>,
    stop: Arc<Stop>,
}

impl Bounded {
    pub(super) fn new(inner: Box<dyn Destination>, stop: Arc<Stop>) -> Self {
        Self { inner, stop }
    }

    /// One that no run has.
    pub(crate) fn by(inner: Box<dyn Destination>, cancel: CancellationToken) -> Self {
        Self::new(inner, Arc::new(Stop::new(cancel, Instant::now(), None)))
    }

    async fn wait<T>(stop: &Stop, work: BoxFuture<'_, Result<T>>) -> Result<T> {
        stop.in_grace(WHAT, work).await?
    }
}

/// What is said of the work that was not waited for.
const WHAT: &str = "the destination";

impl Destination for Bounded {
    fn describe(&self) -> String {
        self.inner.describe()
    }

    fn limits(&self) -> Limits {
        self.inner.limits()
    }

    fn ddl(&self, load: &Load) -> String {
        self.inner.ddl(load)
    }

    fn open<'a>(&'a mut self, loads: &'a [Load]) -> BoxFuture<'a, Result<Opened>> {
        Box::pin(Self::wait(&self.stop, self.inner.open(loads)))
    }

    fn begin<'a>(&'a mut self, load: &'a Load, load_id: i64) -> BoxFuture<'a, Result<Begun>> {
        Box::pin(Self::wait(&self.stop, self.inner.begin(load, load_id)))
    }

    fn states<'a>(
        &'a mut self,
        load: &'a Load,
        states: States<'a>,
    ) -> BoxFuture<'a, Result<Vec<(String, State)>>> {
        Box::pin(Self::wait(&self.stop, self.inner.states(load, states)))
    }

    fn write<'a>(
        &'a mut self,
        load: &'a Load,
        batch: RecordBatch,
        rejects: Vec<Reject>,
        progress: Progress,
    ) -> BoxFuture<'a, Result<RowCounts>> {
        Box::pin(Self::wait(&self.stop, self.inner.write(load, batch, rejects, progress)))
    }

    fn publish<'a>(
        &'a mut self,
        load: &'a Load,
        progress: Progress,
    ) -> BoxFuture<'a, Result<RowCounts>> {
        Box::pin(Self::wait(&self.stop, self.inner.publish(load, progress)))
    }

    fn end<'a>(&'a mut self, load: &'a Load, ending: Ending) -> BoxFuture<'a, Result<RowCounts>> {
        Box::pin(Self::wait(&self.stop, self.inner.end(load, ending)))
    }

    fn diff<'a>(&'a mut self, loads: &'a [Load]) -> BoxFuture<'a, Result<Option<Diff>>> {
        Box::pin(Self::wait(&self.stop, self.inner.diff(loads)))
    }

    fn stored_states<'a>(
        &'a mut self,
        wanted: &'a Wanted,
        after: Option<&'a StoredState>,
    ) -> BoxFuture<'a, Result<Option<Vec<StoredState>>>> {
        Box::pin(Self::wait(&self.stop, self.inner.stored_states(wanted, after)))
    }

    fn logged_loads<'a>(
        &'a mut self,
        wanted: &'a Wanted,
        before: Option<i64>,
    ) -> BoxFuture<'a, Result<Option<Vec<LoggedLoad>>>> {
        Box::pin(Self::wait(&self.stop, self.inner.logged_loads(wanted, before)))
    }

    fn stored_rejects<'a>(
        &'a mut self,
        wanted: &'a Wanted,
        after: Option<&'a StoredReject>,
    ) -> BoxFuture<'a, Result<Option<Vec<StoredReject>>>> {
        Box::pin(Self::wait(&self.stop, self.inner.stored_rejects(wanted, after)))
    }
}
