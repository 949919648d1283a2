//! [`Forwarded`]: the rows of a resource as a run of its own sends them, into no tables.

use std::collections::HashMap;
use std::fmt;
use std::task::{Context, Poll, ready};

use arrow_array::RecordBatch;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::Run;
use crate::destination::{
    Begun, BoxFuture, Destination, Ending, Load, Opened, Progress, Reject, States,
};
use crate::error::{Error, ErrorKind, Result};
use crate::report::{Report, RowCounts};
use crate::spec::ResourceSpec;
use crate::state::State;

/// Rows on their way from a run; it is told to stop when this is dropped.
pub(super) struct Forwarded {
    batches: mpsc::Receiver<RecordBatch>,
    run: JoinHandle<Report>,
    cancel: CancellationToken,
}

impl Forwarded {
    /// Those of this resource, as the run reads them.
    pub(super) fn begin(mut run: Run, spec: &'static ResourceSpec) -> Self {
        let (sender, batches) = mpsc::channel(1);
        // whoever takes them waits for nothing else
        let cancel = run.overrides.cancel.child_token();
        run.overrides.cancel = cancel.clone();
        run.overrides.writes_at_once = true;
        let run =
            run.resources([spec.name]).destination(Forward { sender, states: HashMap::new() });
        Self { batches, run: tokio::spawn(run.run()), cancel }
    }

    pub(super) fn poll_batch(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<RecordBatch>>> {
        if let Some(batch) = ready!(self.batches.poll_recv(context)) {
            return Poll::Ready(Some(Ok(batch)));
        }
        let ended = ready!(std::pin::Pin::new(&mut self.run).poll(context));
        let ended = super::joined(ended).and_then(Report::into_result);
        Poll::Ready(ended.err().map(Err))
    }
}

impl Drop for Forwarded {
    fn drop(&mut self) {
        // not torn off: it may wait for an answer that alone holds the next token
        self.cancel.cancel();
    }
}

impl fmt::Debug for Forwarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forwarded").finish_non_exhaustive()
    }
}

/// Sends rows on, and remembers nothing.
#[derive(Debug)]
struct Forward {
    sender: mpsc::Sender<RecordBatch>,
    /// What is remembered while it lasts: which partitions were read.
    states: HashMap<(&'static str, String), State>,
}

impl Destination for Forward {
    fn describe(&self) -> String {
        "a stream of rows".to_owned()
    }

    fn ddl(&self, _: &Load) -> String {
        String::new()
    }

    fn open<'a>(&'a mut self, _: &'a [Load]) -> BoxFuture<'a, Result<Opened>> {
        Box::pin(async { Ok(Opened::new(1, Vec::new())) })
    }

    fn begin<'a>(&'a mut self, _: &'a Load, load_id: i64) -> BoxFuture<'a, Result<Begun>> {
        Box::pin(async move { Ok(Begun::Ready { load_id }) })
    }

    fn states<'a>(
        &'a mut self,
        load: &'a Load,
        states: States<'a>,
    ) -> BoxFuture<'a, Result<Vec<(String, State)>>> {
        let States::Of(keys) = states else { return Box::pin(async { Ok(Vec::new()) }) };
        let find = |key: &String| {
            let state = self.states.get(&(load.resource, key.clone()))?;
            Some((key.clone(), state.clone()))
        };
        let found = keys.iter().filter_map(find).collect();
        Box::pin(async move { Ok(found) })
    }

    fn write<'a>(
        &'a mut self,
        load: &'a Load,
        batch: RecordBatch,
        rejects: Vec<Reject>,
        progress: Progress,
    ) -> BoxFuture<'a, Result<RowCounts>> {
        Box::pin(async move {
            if let Some(reject) = rejects.first() {
                let text = format!("row {}: {}", reject.row, reject.reason);
                return Err(Error::new(ErrorKind::Row, text));
            }
            let inserted = batch.num_rows() as u64;
            if inserted > 0 && self.sender.send(batch).await.is_err() {
                return Err(super::interrupted("nobody takes the rows"));
            }
            for (key, state) in progress.states {
                self.states.extend(state.map(|state| ((load.resource, key), state)));
            }
            Ok(RowCounts { inserted, ..RowCounts::default() })
        })
    }

    fn publish<'a>(&'a mut self, _: &'a Load, _: Progress) -> BoxFuture<'a, Result<RowCounts>> {
        Box::pin(async { Ok(RowCounts::default()) })
    }

    fn end<'a>(&'a mut self, _: &'a Load, _: Ending) -> BoxFuture<'a, Result<RowCounts>> {
        Box::pin(async { Ok(RowCounts::default()) })
    }
}
