//! [`Reader`]: reads visits of a resource, one after the other, and tells the writer what comes.

mod onward;
mod remember;
mod windows;

use std::sync::Arc;

use arrow_array::RecordBatch;
use tokio::sync::{Mutex, mpsc};

use self::windows::Shared;

use super::children::{Led, divide, lead};
use super::findings::Findings;
use super::node::{Chunk, Message, Node, Visit};
use super::pages::{Pages, Sink};
use super::range::{Range, Stretch, interrupted};
use super::tally::{Relay, Told};
use crate::error::{Error, ErrorKind, Result};
use crate::incremental::{Appended, Bounds, Watch};
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

    /// Begins a scan: where an interrupted one stopped, if that is possible.
    fn begin<'a>(&mut self, visit: &'a Visit, stretch: Stretch) -> Result<Scanning<'a>> {
        let site = &self.node.site;
        let scan = interrupted(site, &visit.opened.memory(site), visit.version.as_ref(), &stretch);
        // where all partitions are asked for what is new, this one is, too
        let pass = self.node.pass;
        let is_of_pass = |scan: &Scan| pass.is_none_or(|pass| scan.began >= pass.began);
        if let Some(scan) = scan.filter(is_of_pass) {
            let resumed =
                Stretch { start: scan.start.clone(), end: scan.end.clone(), ..stretch.clone() };
            self.pages.begin(&self.node.bindings(visit, &resumed), Some(&scan))?;
            if self.pages.request_digest() == scan.request {
                let watch = self.watch(visit, &resumed, Some(&scan));
                return Ok(self.scanning(visit, resumed, watch, Some(scan)));
            }
        }
        self.pages.begin(&self.node.bindings(visit, &stretch), None)?;
        let watch = self.watch(visit, &stretch, None);
        Ok(self.scanning(visit, stretch, watch, None))
    }

    fn scanning<'a>(
        &mut self,
        visit: &'a Visit,
        stretch: Stretch,
        watch: Option<Watch>,
        before: Option<Scan>,
    ) -> Scanning<'a> {
        let began = before.map_or(self.node.site.now, |scan| scan.began);
        let scan = self.node.site.keeps_positions().then(|| Scan {
            start: stretch.start.clone(),
            end: stretch.end.clone(),
            parent: visit.settled_version(),
            ..Scan::new(began, self.pages.request_digest())
        });
        let number = self.node.common.next_scan();
        let (bytes, received) = (self.pages.traffic().bytes, self.pages.rows());
        let watch = watch.map(|mut watch| {
            if self.node.site.leaps() {
                watch.leap();
                self.pages.keep_passed();
            }
            watch
        });
        Scanning { visit, stretch, number, watch, scan, bytes, received, is_lost: false }
    }

    fn watch(&self, visit: &Visit, stretch: &Stretch, before: Option<&Scan>) -> Option<Watch> {
        let cursor = self.node.site.cursor.clone()?;
        let state = &visit.opened.state;
        let present = cursor.at(self.node.site.now);
        let appended = self
            .node
            .site
            .appends()
            .then(|| Appended { cursor: state.cursor.clone(), boundary: state.boundary.clone() });
        let bounds = Bounds {
            start: stretch.start.clone(),
            end: stretch.end.clone(),
            open: stretch.is_open,
            ceiling: before.map_or(present, |scan| scan.ceiling.clone()),
            max: before.and_then(|scan| scan.max.clone()),
            appended,
        };
        Some(Watch::new(cursor, bounds))
    }

    /// What the API's own clock says of the beginning of the scan.
    fn look(&self, scan: &mut Scanning<'_>) {
        if let (Some(watch), Some(cursor), Some(at)) =
            (&mut scan.watch, &self.node.site.cursor, self.pages.answered_at())
            && let Some(ceiling) = cursor.at(at)
        {
            watch.lower_ceiling(ceiling);
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

    /// Hands rows on: to the writer, and what they lead to to the readers of children.
    async fn hand_on(
        &mut self,
        scan: &mut Scanning<'_>,
        taken: Taken,
        has_ended: bool,
        shared: Option<&Shared>,
    ) -> Result<()> {
        let node = self.node.clone();
        let Taken { rows, leading } = taken;
        let brings_nothing = !has_ended && self.pages.rows() == scan.received;
        scan.received = self.pages.rows();
        let rows = self.wanted(rows);
        let leading = leading.as_ref().map_or(&rows[..], std::slice::from_ref);
        let mut led = self.lead(leading, scan);
        let rows = self.of_this_part(rows);
        let rows = self.stored(rows);
        // what was left out with what it was left out of
        node.common.tally.tell(&mut self.told, &self.pages);
        if brings_nothing {
            return Ok(());
        }
        let deltas = self.deltas(scan, has_ended)?;
        if let Some(shared) = shared.filter(|_| !deltas.is_empty()) {
            self.go_back(scan.visit, shared);
        }
        let asked = match &mut led {
            Some(led) => {
                let (visit, vain) = (scan.visit.opened.id, led.fail(&node.ways));
                Some(node.outbox.ask(Some(visit), led.wants.clone(), vain).await?)
            }
            None => None,
        };
        let rejects = self.pages.take_rejects();
        let weight = self.weight(scan, &rows);
        let permit = node.outbox.room(weight).await;
        node.outbox.send(Message::Rows(Box::new(Chunk {
            node: node.index,
            visit: scan.visit.opened.id,
            place: asked.as_ref().map(|asked| asked.place),
            rows,
            rejects,
            deltas,
            counts: node.common.tally.read(),
            scan: scan.number,
            ends_scan: has_ended,
            permit,
        })));
        if let (Some(led), Some(asked)) = (led, asked) {
            led.hand_over(&node.ways, asked).await;
        }
        if node.has_enough() {
            node.common.stop_at_limit();
        }
        Ok(())
    }

    /// The first of these rows, where no more are wanted.
    fn wanted(&mut self, rows: Vec<RecordBatch>) -> Vec<RecordBatch> {
        let node = &self.node;
        if node.site.limit.is_none() {
            return rows;
        }
        let mut left_out = 0;
        let first = |batch: RecordBatch| {
            let wanted = node.admit(batch.num_rows());
            left_out += batch.num_rows() - wanted;
            (wanted > 0).then(|| batch.slice(0, wanted))
        };
        let rows = rows.into_iter().filter_map(first).collect();
        self.told.leave_out(left_out as u64);
        rows
    }

    /// Rows that belong to this part, where rows are divided.
    fn of_this_part(&mut self, rows: Vec<RecordBatch>) -> Vec<RecordBatch> {
        let Some(part) = self.node.part else { return rows };
        let before: usize = rows.iter().map(RecordBatch::num_rows).sum();
        let own = |batch| divide(batch, &self.node.dividing, part);
        let rows: Vec<_> = rows.into_iter().filter_map(own).collect();
        let after: usize = rows.iter().map(RecordBatch::num_rows).sum();
        self.told.leave_out((before - after) as u64);
        rows
    }

    /// Rows that go into a table.
    fn stored(&mut self, rows: Vec<RecordBatch>) -> Vec<RecordBatch> {
        if self.node.site.planned.stored {
            return rows;
        }
        let rows: usize = rows.iter().map(RecordBatch::num_rows).sum();
        self.told.leave_out(rows as u64);
        Vec::new()
    }

    /// What rows lead to; `None`: there are no children, or no rows.
    fn lead(&mut self, rows: &[RecordBatch], scan: &Scanning<'_>) -> Option<Led> {
        let node = &self.node;
        if node.links.is_empty() || rows.is_empty() {
            return None;
        }
        let mut all = Led::new(node.links.len());
        for batch in rows {
            let version = |row| {
                // what changes below a row without a cursor shows in the row above it
                let Some((cursor, watch)) = node.site.cursor.as_ref().zip(scan.watch.as_ref())
                else {
                    return (scan.visit.version.clone(), scan.visit.is_settled);
                };
                let value = cursor.value(batch, row);
                let is_settled = value.as_ref().is_none_or(|value| watch.is_settled(value));
                (value, is_settled)
            };
            lead(&node.links, batch, version, node.part, &mut all);
        }
        self.findings.skip(&all.skipped);
        Some(all)
    }

    /// How much of what may be under way these rows take: by their number, or by the size of the pages
    /// that they came with, where that is more.
    fn weight(&self, scan: &mut Scanning<'_>, rows: &[RecordBatch]) -> usize {
        let bytes = self.pages.traffic().bytes;
        let bytes = bytes - std::mem::replace(&mut scan.bytes, bytes);
        let rows: usize = rows.iter().map(RecordBatch::num_rows).sum();
        let most = self.node.source.batch_rows;
        let by_size = (bytes * most as u64 / BATCH_BYTES) as usize;
        rows.max(by_size).max(ROWS_OF_A_SCAN).min(most)
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
