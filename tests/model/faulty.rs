//! [`Faulty`]: a destination that fails, or ends the process, at one of its commits.

use std::future::pending;

use connector_runtime::arrow_array::RecordBatch;
use connector_runtime::destination::{
    Begun, BoxFuture, Destination, Ending, Limits, Load, Opened, Progress, Reject, States,
};
use connector_runtime::report::RowCounts;
use connector_runtime::state::State;
use connector_runtime::{CancellationToken, Error, ErrorKind, Result};

/// What happens at a commit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    /// At the how manieth, from 1.
    pub(crate) at: usize,
    /// It is made all the same, and nobody learns of it.
    pub(crate) after: bool,
    /// The process ends; otherwise the destination fails.
    pub(crate) crash: bool,
}

/// A destination, and what happens to it.
#[derive(Debug)]
pub(crate) struct Faulty {
    pub(crate) inner: Box<dyn Destination>,
    pub(crate) fault: Option<Fault>,
    pub(crate) commits: usize,
    pub(crate) crash: CancellationToken,
}

impl Faulty {
    /// What happens at the commit that is about to be made.
    fn count(&mut self) -> Option<Fault> {
        self.commits += 1;
        self.fault.filter(|fault| fault.at == self.commits)
    }

    async fn commit<'a, F>(&'a mut self, commit: F) -> Result<RowCounts>
    where
        F: FnOnce(&'a mut dyn Destination) -> BoxFuture<'a, Result<RowCounts>>,
    {
        let fault = self.count();
        let crash = self.crash.clone();
        if crash.is_cancelled() {
            return pending().await;
        }
        let committed = match fault {
            Some(Fault { after: false, .. }) => Ok(RowCounts::default()),
            _ => commit(&mut *self.inner).await,
        };
        match fault {
            None => committed,
            Some(Fault { crash: true, .. }) => {
                crash.cancel();
                pending().await
            }
            Some(_) => Err(Error::new(ErrorKind::Destination, "the disk is full")),
        }
    }
}

impl Destination for Faulty {
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
        self.inner.open(loads)
    }

    fn begin<'a>(&'a mut self, load: &'a Load, load_id: i64) -> BoxFuture<'a, Result<Begun>> {
        self.inner.begin(load, load_id)
    }

    fn states<'a>(
        &'a mut self,
        load: &'a Load,
        states: States<'a>,
    ) -> BoxFuture<'a, Result<Vec<(String, State)>>> {
        self.inner.states(load, states)
    }

    fn write<'a>(
        &'a mut self,
        load: &'a Load,
        batch: RecordBatch,
        rejects: Vec<Reject>,
        progress: Progress,
    ) -> BoxFuture<'a, Result<RowCounts>> {
        Box::pin(self.commit(move |inner| inner.write(load, batch, rejects, progress)))
    }

    fn publish<'a>(
        &'a mut self,
        load: &'a Load,
        progress: Progress,
    ) -> BoxFuture<'a, Result<RowCounts>> {
        Box::pin(self.commit(move |inner| inner.publish(load, progress)))
    }

    fn end<'a>(&'a mut self, load: &'a Load, ending: Ending) -> BoxFuture<'a, Result<RowCounts>> {
        Box::pin(self.commit(move |inner| inner.end(load, ending)))
    }
}
