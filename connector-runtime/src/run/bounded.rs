//! [`Bounded`]: a destination that is not waited for much longer once the run was told to stop.

use std::sync::Arc;

use arrow_array::RecordBatch;

use super::source::Source;
use crate::destination::{
    Begun, BoxFuture, Destination, Ending, Limits, Load, Opened, Progress, Reject, States,
};
use crate::error::Result;
use crate::report::RowCounts;
use crate::state::State;

/// A destination whose calls end in time. What it was doing then is not committed, or is: both are
/// true, as rows and state go together.
#[derive(Debug)]
pub(super) struct Bounded {
    inner: Box<dyn Destination>,
    source: Arc<Source>,
}

impl Bounded {
    pub(super) fn new(inner: Box<dyn Destination>, source: Arc<Source>) -> Self {
        Self { inner, source }
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
        let work = self.inner.open(loads);
        Box::pin(async { self.source.client.in_grace(WHAT, work).await? })
    }

    fn begin<'a>(&'a mut self, load: &'a Load, load_id: i64) -> BoxFuture<'a, Result<Begun>> {
        let work = self.inner.begin(load, load_id);
        Box::pin(async { self.source.client.in_grace(WHAT, work).await? })
    }

    fn states<'a>(
        &'a mut self,
        load: &'a Load,
        states: States<'a>,
    ) -> BoxFuture<'a, Result<Vec<(String, State)>>> {
        let work = self.inner.states(load, states);
        Box::pin(async { self.source.client.in_grace(WHAT, work).await? })
    }

    fn write<'a>(
        &'a mut self,
        load: &'a Load,
        batch: RecordBatch,
        rejects: Vec<Reject>,
        progress: Progress,
    ) -> BoxFuture<'a, Result<RowCounts>> {
        let work = self.inner.write(load, batch, rejects, progress);
        Box::pin(async { self.source.client.in_grace(WHAT, work).await? })
    }

    fn publish<'a>(
        &'a mut self,
        load: &'a Load,
        progress: Progress,
    ) -> BoxFuture<'a, Result<RowCounts>> {
        let work = self.inner.publish(load, progress);
        Box::pin(async { self.source.client.in_grace(WHAT, work).await? })
    }

    fn end<'a>(&'a mut self, load: &'a Load, ending: Ending) -> BoxFuture<'a, Result<RowCounts>> {
        let work = self.inner.end(load, ending);
        Box::pin(async { self.source.client.in_grace(WHAT, work).await? })
    }
}
