//! Loads that write no rows of the API: begun under the leases that runs take, and ended all at once or
//! one by one.

use std::time::{Duration, Instant};

use tokio::time::sleep;
use tracing::{info, warn};

use super::Catalog;
use crate::destination::{Begun, Ending, Load, PartitionState, Progress};
use crate::error::{Error, ErrorKind, Result};
use crate::plan::Planned;
use crate::report::{RowCounts, Status, Traffic};

/// How often a lease is asked for that a run has.
const LEASE_INTERVAL: Duration = Duration::from_millis(500);

/// A load of a resource whose states are edited; it has no rows.
pub(super) struct Editing {
    pub(super) load: Load,
    pub(super) load_id: i64,
}

impl Catalog {
    /// Begins to edit these resources: all of them, or none.
    pub(super) async fn edit(&mut self, resources: &[&Planned]) -> Result<Vec<Editing>> {
        let load = |planned: &&Planned| Load { store: false, ..planned.load(self.spec) };
        let loads: Vec<Load> = resources.iter().map(load).collect();
        let opened = self.destination.open(&loads).await?.load_id;
        let mut begun = Vec::new();
        for load in loads {
            match self.begin(&load, opened).await {
                Ok(load_id) => begun.push(Editing { load, load_id }),
                Err(error) => {
                    self.give_up(begun).await;
                    return Err(error);
                }
            }
        }
        Ok(begun)
    }

    /// Begins a load, as soon as no run has its lease.
    pub(super) async fn begin(&mut self, load: &Load, load_id: i64) -> Result<i64> {
        let started = Instant::now();
        let mut is_told = false;
        loop {
            let busy = match self.destination.begin(load, load_id).await? {
                Begun::Ready { load_id } => return Ok(load_id),
                Begun::Busy(busy) => busy,
            };
            let left = self.lease_timeout.saturating_sub(started.elapsed());
            if left.is_zero() {
                return Err(Error::new(ErrorKind::Destination, busy).with_help(
                    "run again when it has finished, or wait longer: `--lease-timeout`",
                ));
            }
            if !std::mem::replace(&mut is_told, true) {
                info!(target: "connector_runtime::wait", resource = load.resource, "waiting: {busy}");
            }
            tokio::select! {
                () = self.cancel.cancelled() => return Err(interrupted()),
                () = sleep(left.min(LEASE_INTERVAL)) => {}
            }
        }
    }

    /// A result, unless it was told to stop meanwhile.
    pub(super) fn go_on<T>(&self, result: T) -> Result<T> {
        if self.cancel.is_cancelled() { Err(interrupted()) } else { Ok(result) }
    }

    /// Ends an edit: with these states, and without any others where it `forgets`.
    pub(super) async fn finish(
        &mut self,
        editing: Editing,
        states: Vec<PartitionState>,
        forgets: bool,
    ) -> Result<RowCounts> {
        let progress = Progress::new(states, 0, Traffic::default());
        let ending = Ending { forget: forgets, ..Ending::new(Status::Edited, progress, None) };
        self.destination.end(&editing.load, ending).await
    }

    /// Gives leases back, and edits nothing.
    pub(super) async fn give_up(&mut self, begun: Vec<Editing>) {
        for editing in begun {
            let resource = editing.load.resource;
            if let Err(error) = self.finish(editing, Vec::new(), false).await {
                warn!(target: "connector_runtime::run", resource, "{error}");
            }
        }
    }
}

fn interrupted() -> Error {
    Error::new(ErrorKind::Interrupted, "told to stop")
}
