//! [`Node`]: a resource of a tree, as those who read it see it; and what they tell the writer.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::RecordBatch;
use jiff::Timestamp;
use tokio::sync::{Notify, OwnedSemaphorePermit, oneshot};
use tokio_util::sync::CancellationToken;
use tracing::error;

use super::RUN;
use super::children::{Link, Used, Way};
use super::ledger::VisitId;
use super::post::Outbox;
use super::range::{Memory, Stretch};
use super::site::{Limit, Site};
use super::source::Source;
use super::tally::{Counts, Tally};
use crate::destination::{Limits, Part, Reject};
use crate::error::{Error, ErrorKind};
use crate::instance::Bindings;
use crate::report::{Observer, Traffic};
use crate::spec::OnBadRow;
use crate::state::{CursorValue, Delta, State};

/// With so many partitions that cannot be read, and fewer that can, a resource is given up: an API that
/// refuses all of them is left alone.
const MOST_BROKEN: u64 = 10;

/// A resource of a tree.
pub(super) struct Node {
    /// Its place in the tree.
    pub(super) index: usize,
    pub(super) site: Site,
    pub(super) source: Arc<Source>,
    /// What its destination cannot store.
    pub(super) limits: Limits,
    /// Its rows are divided, by the values of these columns, and this part is taken.
    pub(super) part: Option<Part>,
    pub(super) dividing: Vec<Used>,
    /// What its rows lead to, and the ways there.
    pub(super) links: Vec<Link>,
    pub(super) ways: Vec<Way>,
    pub(super) outbox: Outbox,
    pub(super) common: Arc<Common>,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) pass: Option<Pass>,
}

/// How the partitions of a resource are read: under the number of the load that began with it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pass {
    pub(super) load_id: i64,
    pub(super) began: Timestamp,
}

/// What outlives the readers of a resource.
#[derive(Debug, Default)]
pub(super) struct Common {
    pub(super) tally: Tally,
    pub(super) gate: Gate,
    /// Nothing more is wanted: something went wrong here, or everywhere.
    pub(super) halt: CancellationToken,
    /// What went wrong first.
    failure: Mutex<Option<Error>>,
    /// Partitions that could not be read.
    broken: AtomicU64,
    /// Rows and traffic that observers were told of.
    pub(super) shown: Mutex<(u64, Traffic)>,
    scans: AtomicU64,
    /// Rows that were admitted, where there is a limit.
    admitted: AtomicU64,
    is_limited: AtomicBool,
}

/// What is told to the writer.
#[derive(Debug)]
pub(super) enum Message {
    /// Which of these are to be read, and from which state.
    Ask {
        visit: Option<VisitId>,
        wants: Vec<Want>,
        /// Children that wait in vain.
        vain: Vec<usize>,
        reply: oneshot::Sender<Asked>,
    },
    /// Rows of a visit.
    Rows(Box<Chunk>),
    /// A visit came to its end, or did not.
    Ended { node: usize, visit: VisitId, is_broken: bool },
    /// Somebody has rows for which there is no room before others are written.
    NoRoom,
}

/// A partition that may have to be read.
#[derive(Clone, Debug)]
pub(super) struct Want {
    pub(super) node: usize,
    /// Which child it is of the node that asks.
    pub(super) child: usize,
    pub(super) key: String,
    /// The cursor value of the parent's row, or of the next one above that has one.
    pub(super) version: Option<CursorValue>,
    /// The row is older than the load.
    pub(super) is_settled: bool,
}

/// What the writer answers.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// The entry of the rows that these partitions are of.
    pub(super) place: u64,
    /// In the order of the wants; `None`: there is nothing to read.
    pub(super) opened: Vec<Option<Opened>>,
}

/// A partition to be read.
#[derive(Clone, Debug)]
pub(super) struct Opened {
    pub(super) id: VisitId,
    pub(super) state: State,
    /// How far each child has come with its rows.
    pub(super) followers: Vec<State>,
}

/// A reading of a partition.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) opened: Opened,
    pub(super) bindings: Bindings,
    /// The cursor value of the parent's row, or of the next one above that has one.
    pub(super) version: Option<CursorValue>,
    /// The row is older than the load.
    pub(super) is_settled: bool,
}

/// Rows of a visit.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) node: usize,
    pub(super) visit: VisitId,
    /// The entry, where its place was reserved.
    pub(super) place: Option<u64>,
    pub(super) rows: Vec<RecordBatch>,
    pub(super) rejects: Vec<Reject>,
    /// What may be remembered once the rows are committed.
    pub(super) deltas: Vec<Delta>,
    /// What has come up to now.
    pub(super) counts: Counts,
    /// The scan that it is of, and whether that is at its end.
    pub(super) scan: u64,
    pub(super) ends_scan: bool,
    pub(super) permit: Option<OwnedSemaphorePermit>,
}

/// Holds scans up while rows become visible that must not be half of a scan.
#[derive(Debug, Default)]
pub(super) struct Gate {
    is_closed: AtomicBool,
    opened: Notify,
}

impl Node {
    /// How many read it at once: partitions do not wait for each other.
    pub(super) fn readers(&self) -> usize {
        if self.site.has_partitions { self.source.client.concurrency().max(1) } else { 1 }
    }

    /// How many of so many rows are wanted.
    pub(super) fn admit(&self, rows: usize) -> usize {
        let Some(Limit { rows: Some(limit) }) = self.site.limit else { return rows };
        let left = limit.saturating_sub(self.common.admitted.load(Ordering::Relaxed));
        let admitted = rows.min(usize::try_from(left).unwrap_or(usize::MAX));
        self.common.admitted.fetch_add(admitted as u64, Ordering::Relaxed);
        admitted
    }

    /// Whether it has all rows that are wanted, where not all are: as many as there may be, or as its
    /// children need for theirs.
    pub(super) fn has_enough(&self) -> bool {
        match self.site.limit {
            Some(Limit { rows: Some(limit) }) => {
                self.common.admitted.load(Ordering::Relaxed) >= limit
            }
            Some(Limit { rows: None }) => {
                !self.ways.is_empty() && self.ways.iter().all(|way| way.common.halt.is_cancelled())
            }
            None => false,
        }
    }

    /// Whether other partitions are read when one of them fails: what is wrong with it says little of
    /// them.
    pub(super) fn goes_on_after(&self, error: &Error) -> bool {
        let is_of_partition = match error.kind() {
            // what is left of the budget is that of all partitions
            ErrorKind::Row => self.site.planned.on_bad_row == OnBadRow::Fail,
            ErrorKind::Paging | ErrorKind::Response | ErrorKind::Status => true,
            _ => false,
        };
        let is_given_up = self.source.is_halted(self.site.planned.spec.name);
        self.site.has_partitions && is_of_partition && !is_given_up && !self.site.waits()
    }

    /// What is bound in a scan.
    pub(super) fn bindings(&self, visit: &Visit, stretch: &Stretch) -> Bindings {
        let bindings = visit.bindings.clone();
        match &self.site.cursor {
            Some(cursor) => stretch.bind(cursor, bindings),
            None => bindings,
        }
    }

    /// What is remembered of a partition that was read to its end.
    pub(super) fn read_for(&self, visit: &Visit) -> impl Iterator<Item = Delta> {
        let parent = visit.settled_version().map(Delta::ReadFor);
        let pass = self.pass.map(|pass| Delta::Pass(pass.load_id, pass.began));
        let with = Delta::ReadWith(self.site.descendants.clone());
        parent.into_iter().chain(pass).chain([with])
    }
}

impl Opened {
    /// What is remembered of it.
    pub(super) fn memory<'a>(&'a self, site: &'a Site) -> Memory<'a> {
        Memory::new(site, &self.state, &self.followers)
    }
}

impl Want {
    /// Whether the cursor of the parent's row is a time, which can be compared with that of the load.
    pub(super) fn is_of_time(&self) -> bool {
        matches!(self.version, Some(CursorValue::Date(_) | CursorValue::Timestamp(_)))
    }
}

impl Visit {
    /// The cursor value of the parent's row, if it is one to remember: a row that is as young as the load
    /// may have changed again since, and still look the same.
    pub(super) fn settled_version(&self) -> Option<CursorValue> {
        self.version.clone().filter(|_| self.is_settled)
    }
}

impl Common {
    pub(super) fn fail(&self, error: Error) {
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.get_or_insert(error);
        self.halt.cancel();
    }

    /// A partition could not be read; others may be.
    pub(super) fn break_off(&self, error: Error) {
        let broken = self.broken.fetch_add(1, Ordering::Relaxed) + 1;
        if broken >= MOST_BROKEN && broken > self.tally.read().partitions {
            return self.fail(error);
        }
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        match &*failure {
            // the first one is told in the report
            Some(_) => error!(target: RUN, "{error}"),
            None => *failure = Some(error),
        }
    }

    /// What went wrong.
    pub(super) fn failure(&self) -> Option<Error> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// No more rows are wanted.
    pub(super) fn stop_at_limit(&self) {
        self.is_limited.store(true, Ordering::Release);
        self.halt.cancel();
    }

    /// Whether there may be more rows than were wanted.
    pub(super) fn is_limited(&self) -> bool {
        self.is_limited.load(Ordering::Acquire)
    }

    /// A number for a scan.
    pub(super) fn next_scan(&self) -> u64 {
        self.scans.fetch_add(1, Ordering::Relaxed)
    }
}

impl Gate {
    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    /// Waits until scans may begin.
    pub(super) async fn pass(&self) {
        loop {
            let opened = self.opened.notified();
            if !self.is_closed() {
                return;
            }
            opened.await;
        }
    }

    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
    }

    pub(super) fn open(&self) {
        self.is_closed.store(false, Ordering::Release);
        self.opened.notify_waiters();
    }
}
