//! [`Reader`]: reads visits of a resource, one after the other, and tells the writer what comes.

mod begin;
mod hand_on;
mod onward;
mod remember;
mod windows;

use std::sync::Arc;

use arrow_array::RecordBatch;
use tokio::sync::{Mutex, mpsc};

use self::windows::Shared;
use super::findings::Findings;
use super::node::{Message, Node, Visit};
use super::pages::{Pages, Sink};
use super::range::{Range, Stretch};
use super::tally::{Relay, Told};
use crate::error::{Error, ErrorKind, Result};
use crate::incremental::Watch;
use crate::state::Scan;

/// Bytes of page bodies whose rows are written together, however few rows they are.
const BATCH_BYTES: u64 = 4 << 20;

/// The least that a scan takes of what may be under way: what is kept of one takes as much.
pub(super) const ROWS_OF_A_SCAN: usize = 8;

/// The visits that the readers of a resource share.
pub(super) type Queue = Arc<Mutex<mpsc::Receiver<Visit>>>;

/// Reads visits of a resource.
pub(super) struct Reader {
    node: Arc<Node>,
    pages: Pages,
    told: Told,
    findings: Findings,
    /// Others, for windows that are read at once.
    others: Vec<Reader>,
}

/// What is left of readers that are done.
pub(super) struct Done {
    pub(super) pages: Pages,
    pub(super) findings: Findings,
}

/// A scan under way.
struct Scanning<'a> {
    visit: &'a Visit,
    stretch: Stretch,
    number: u64,
    watch: Option<Watch>,
    /// What is remembered of it, where it can be interrupted.
    scan: Option<Scan>,
    /// Bytes of bodies whose rows were handed on.
    bytes: u64,
    /// Rows received by the reader when some were handed on.
    received: u64,
    /// Rows of it were not handed on, because of an error.
    is_lost: bool,
}

/// Rows of a scan.
#[derive(Debug, Default)]
struct Taken {
    rows: Vec<RecordBatch>,
    /// Rows that lead to children, where they are others.
    leading: Option<RecordBatch>,
}

impl Scanning<'_> {
    /// Whether it goes on by the cursor.
    fn leaps(&self) -> bool {
        self.watch.as_ref().is_some_and(Watch::leaps)
    }
}

impl Reader {
    /// The first reader of a resource.
    pub(super) fn new(node: Arc<Node>) -> Result<Self> {
        let sink = Sink { limits: node.limits, has_keys: true, takes_rejects: node.site.is_loaded };
        let is_alone = !node.site.has_partitions && node.site.cursor.is_none();
        let relay = Relay::new(node.observer.clone(), node.common.clone(), is_alone);
        let pages = Pages::new(&node.source, &node.site.planned, sink, Arc::new(relay))?;
        let findings = Findings::new(node.links.len());
        Ok(Self { node, pages, told: Told::default(), findings, others: Vec::new() })
    }

    /// Another one.
    pub(super) fn beside(&self) -> Result<Self> {
        let mut reader = Self::new(self.node.clone())?;
        reader.pages = reader.pages.beside(&self.pages);
        Ok(reader)
    }

    /// Reads visits until there are no more, or something goes wrong.
    pub(super) async fn read(mut self, queue: Queue) -> Done {
        let halt = self.node.common.halt.clone();
        loop {
            let next = async { queue.lock().await.recv().await };
            let visit = tokio::select! {
                biased;
                () = halt.cancelled() => None,
                visit = next => visit,
            };
            let Some(visit) = visit else { return self.done() };
            self.visit(&Arc::new(visit)).await;
        }
    }

    fn done(self) -> Done {
        let mut done = Done { pages: self.pages, findings: self.findings };
        self.others.into_iter().for_each(|other| done.absorb(other.done()));
        done
    }

    /// Reads a partition.
    async fn visit(&mut self, visit: &Arc<Visit>) {
        let Node { site, source, .. } = &*self.node;
        let outcome = match Range::of(site, &source.instance, &visit.opened.memory(site)) {
            Ok(range) => self.range(visit, range).await,
            Err(error) => Err(error),
        };
        let is_complete = outcome.unwrap_or_else(|error| {
            let error = error.with_resource(self.node.site.planned.spec.name);
            match self.node.goes_on_after(&error) {
                true => self.node.common.break_off(error),
                false => self.node.common.fail(error),
            }
            false
        });
        if is_complete && self.node.site.has_partitions {
            self.node.common.tally.count_partition();
        }
        let (node, visit) = (self.node.index, visit.opened.id);
        self.node.outbox.send(Message::Ended { node, visit, is_broken: !is_complete });
    }

    /// Reads one scan to its end. Whether all of it has come. `shared`: what it has in common with other
    /// windows of the range.
    async fn scan(
        &mut self,
        visit: &Visit,
        stretch: Stretch,
        shared: Option<&Shared>,
    ) -> Result<bool> {
        let node = self.node.clone();
        tokio::select! {
            biased;
            () = node.common.halt.cancelled() => return Ok(false),
            () = node.common.gate.pass() => {}
        }
        let mut scan = self.begin(visit, stretch)?;
        loop {
            if node.common.halt.is_cancelled() {
                return Ok(false);
            }
            // what rows lead to is not kept waiting for more rows
            let page_by_page = !node.links.is_empty()
                || node.site.ends_early()
                || node.site.limit.is_some()
                || scan.leaps();
            let filled = fill(&mut self.pages, page_by_page).await;
            self.look(&mut scan);
            // whole pages that came before an error are good
            let (taken, filled) = match self.take(&mut scan, filled.is_ok()) {
                Ok(taken) => (taken, filled),
                // the rows that do not fit are known all the same; of the others nothing is remembered
                Err(error) => {
                    scan.is_lost = true;
                    (Taken::default(), Err(error))
                }
            };
            let filled = filled.and_then(|()| self.go_on(&mut scan));
            let filled = match filled {
                // of few rows a share is judged when all of them have come
                Ok(()) if self.pages.is_at_end() && node.site.is_read_at_once() => {
                    self.pages.settle()
                }
                other => other,
            };
            // with too many rows that do not fit, those that do are no step forward
            scan.is_lost |= filled.as_ref().is_err_and(|error| error.kind() == ErrorKind::Row);
            let has_ended = filled.is_ok() && self.pages.is_at_end();
            self.hand_on(&mut scan, taken, has_ended, shared).await?;
            filled?;
            if has_ended {
                return self.note(&scan);
            }
        }
    }

    /// The rows of the pages that have come. `goes_well`: nothing has gone wrong with the next one.
    fn take(&mut self, scan: &mut Scanning<'_>, goes_well: bool) -> Result<Taken> {
        let Some(watch) = &mut scan.watch else {
            let rows = self.pages.take_batch()?.into_iter().collect();
            return Ok(Taken { rows, leading: None });
        };
        watch.take_again(self.pages.came_again());
        let mut taken = Taken::default();
        let mut dropped = 0;
        if let Some(batch) = self.pages.take_raw() {
            if self.node.site.leads_beyond() {
                taken.leading = self.pages.shape_beside(batch.clone())?;
            }
            let kept = watch.take(batch)?;
            dropped = kept.dropped;
            if let Some(rows) = kept.rows {
                taken.rows.extend(self.pages.shape(rows)?);
            }
        }
        if watch.is_past() {
            self.pages.stop();
        }
        if goes_well && self.pages.is_at_end() {
            for held in watch.finish() {
                taken.rows.extend(self.pages.shape(held)?);
            }
        }
        self.told.leave_out(dropped);
        Ok(taken)
    }

    /// Takes note of what is to be said of a scan that has ended. Whether all of it has come.
    ///
    /// # Errors
    ///
    /// When a part has come that would be appended again with the rest of it.
    fn note(&mut self, scan: &Scanning<'_>) -> Result<bool> {
        let of_watch = scan.watch.as_ref().map(Watch::warnings).unwrap_or_default();
        self.findings.of_scan(&self.pages, of_watch);
        let Some(reason) = self.pages.incomplete() else { return Ok(true) };
        if self.node.site.appends()
            && (self.node.site.cursor.is_some() || self.node.site.has_partitions)
        {
            let text = format!("{reason}; a part of the rows is not appended");
            return Err(Error::new(ErrorKind::Paging, text));
        }
        Ok(false)
    }
}

impl Done {
    /// Takes over what another has read of the same resource.
    pub(super) fn absorb(&mut self, other: Self) {
        self.pages.absorb(&other.pages);
        self.findings.absorb(other.findings);
    }
}

/// Fetches pages until there is enough to write, or no more. `page_by_page`: one.
async fn fill(pages: &mut Pages, page_by_page: bool) -> Result<()> {
    let before = pages.traffic().bytes;
    loop {
        if !pages.advance().await? || page_by_page {
            return Ok(());
        }
        let bytes = pages.traffic().bytes - before;
        if pages.has_batch() || bytes >= BATCH_BYTES {
            return Ok(());
        }
    }
}
