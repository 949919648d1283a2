//! [`Writer`]: what readers bring goes into the destination, with the states that may go with it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::Schema;
use tokio::sync::OwnedSemaphorePermit;

use super::ledger::{Changes, Ledger, Ticket, VisitId, following};
use super::node::{Asked, Chunk, Common, Message, Opened, Want};
use super::post::{Inbox, Over};
use super::reader::ROWS_OF_A_SCAN;
use super::tally::Counts;
use crate::destination::{Destination, Ending, Load, Progress, Reject, States};
use crate::error::{Error, Result};
use crate::report::RowCounts;
use crate::schema::concat;
use crate::state::State;

/// Batches that wait to be published before other scans may begin.
const MOST_WAITING: usize = 12;

/// What goes into the destination, and what is known of it.
pub(super) struct Writer<'a> {
    destination: &'a mut dyn Destination,
    pub(super) ledger: Ledger,
    pub(super) desks: Vec<Desk>,
}

/// A resource on its way into the destination.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) common: Arc<Common>,
    /// `None`: it is not loaded, only its children are.
    pub(super) load: Option<Load>,
    /// That of its batches.
    schema: Arc<Schema>,
    /// When its rows become visible.
    pub(super) visible: Visible,
    /// Nothing is remembered, but for the partitions that were read by this very run.
    pub(super) is_stateless: bool,
    read: HashSet<String>,
    /// What is loaded below the resource.
    pub(super) descendants: Vec<String>,
    /// Rows that are written together.
    pub(super) batch_rows: usize,
    /// The load under whose number its partitions are read.
    pass: i64,
    /// The key of the state that says so.
    pass_key: Option<String>,
    pub(super) buffer: Buffer,
    /// What the destination has counted.
    pub(super) written: RowCounts,
    pub(super) counts: Counts,
    waiting: Waiting,
}

/// When the rows of a load become visible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Visible {
    /// With every batch.
    Batchwise,
    /// At the end of scans.
    WithScans,
    /// At the end of the load.
    AtEnd,
}

/// What has come and is not written.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    batches: Vec<RecordBatch>,
    rows: usize,
    /// How much of what may be under way that is.
    weight: usize,
    rejects: Vec<Reject>,
    permits: Vec<OwnedSemaphorePermit>,
    /// Something has come, if only states.
    is_due: bool,
}

/// What was written and is not visible.
#[derive(Debug, Default)]
struct Waiting {
    rows: usize,
    scans: usize,
    /// Scans of which a part is there.
    open: HashSet<u64>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        destination: &'a mut dyn Destination,
        ledger: Ledger,
        desks: Vec<Desk>,
    ) -> Self {
        Self { destination, ledger, desks }
    }

    /// Writes what comes until nobody sends any more.
    ///
    /// # Errors
    ///
    /// When the destination fails: with the place of the resource.
    pub(super) async fn run(&mut self, mut inbox: Inbox) -> Result<(), (usize, Error)> {
        loop {
            match inbox.next(self.is_any_due()).await {
                Ok(Some(message)) => self.take(message).await?,
                Ok(None) => return Ok(()),
                Err(Over) => {}
            }
            while !self.is_any_full()
                && let Some(message) = inbox.try_next()
            {
                self.take(message).await?;
            }
            let is_time = inbox.is_time();
            for node in 0..self.desks.len() {
                if (is_time || self.desks[node].is_urgent()) && self.is_due(node) {
                    self.flush(node).await.map_err(|error| (node, error))?;
                    inbox.pause();
                }
            }
        }
    }

    /// Writes what is left of a resource, at its end.
    pub(super) async fn rest(&mut self, node: usize) -> Result<()> {
        match self.is_due(node) {
            true => self.flush(node).await,
            false => Ok(()),
        }
    }

    fn is_any_full(&self) -> bool {
        self.desks.iter().any(Desk::is_full)
    }

    fn is_any_due(&self) -> bool {
        (0..self.desks.len()).any(|node| self.is_due(node))
    }

    /// Whether there is something to write: rows, or states that have changed because of others.
    fn is_due(&self, node: usize) -> bool {
        let desk = &self.desks[node];
        desk.buffer.is_due || (desk.visible == Visible::Batchwise && self.ledger.has_changes(node))
    }

    async fn take(&mut self, message: Message) -> Result<(), (usize, Error)> {
        match message {
            Message::Ask { visit, wants, vain, reply } => {
                let asked = self.answer(visit, wants, vain).await?;
                // who has asked may have gone
                let _ = reply.send(asked);
            }
            Message::NoRoom => {}
            Message::Rows(chunk) => self.keep(chunk),
            Message::Ended { node, visit, is_broken } => {
                self.ledger.end(visit, is_broken);
                self.desks[node].buffer.is_due = true;
            }
        }
        Ok(())
    }

    fn keep(&mut self, chunk: Chunk) {
        self.ledger.enter(chunk.visit, chunk.place, chunk.deltas);
        let Desk { buffer, counts, waiting, visible, .. } = &mut self.desks[chunk.node];
        *counts = chunk.counts;
        buffer.rows += chunk.rows.iter().map(RecordBatch::num_rows).sum::<usize>();
        buffer.batches.extend(chunk.rows);
        buffer.rejects.extend(chunk.rejects);
        buffer.weight += chunk.permit.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        buffer.permits.extend(chunk.permit);
        buffer.is_due = true;
        if *visible == Visible::WithScans {
            match chunk.ends_scan {
                true => {
                    waiting.open.remove(&chunk.scan);
                    waiting.scans += 1;
                }
                false => drop(waiting.open.insert(chunk.scan)),
            }
        }
    }

    /// Writes what has come of a resource, with the states that may go with it.
    async fn flush(&mut self, node: usize) -> Result<()> {
        let flushed = self.try_flush(node).await;
        if flushed.is_err() {
            self.ledger.lose(node);
        }
        flushed
    }

    async fn try_flush(&mut self, node: usize) -> Result<()> {
        let buffer = std::mem::take(&mut self.desks[node].buffer);
        let is_batchwise = self.desks[node].visible == Visible::Batchwise;
        let changes = if is_batchwise { self.changes(node) } else { Vec::new() };
        let desk = &mut self.desks[node];
        if let Some(load) = &desk.load {
            let quarantined = buffer.rejects.len() as u64;
            let is_empty = buffer.batches.is_empty() && buffer.rejects.is_empty();
            if !(is_empty && changes.is_empty()) {
                let batch = match buffer.batches.is_empty() {
                    true => RecordBatch::new_empty(desk.schema.clone()),
                    false => concat(buffer.batches),
                };
                let progress = progress(changes, &desk.counts);
                let written = self.destination.write(load, batch, buffer.rejects, progress).await?;
                desk.written = desk.written + RowCounts { quarantined, ..written };
                desk.waiting.rows += buffer.rows;
            }
        }
        drop(buffer.permits);
        if is_batchwise {
            self.ledger.committed(node);
        }
        self.publish(node).await
    }

    /// Makes visible what has waited, where that is much and no scan is there in part.
    async fn publish(&mut self, node: usize) -> Result<()> {
        let Desk { visible, waiting, common, batch_rows, .. } = &self.desks[node];
        let is_much = waiting.rows >= MOST_WAITING * batch_rows
            || waiting.scans * ROWS_OF_A_SCAN >= *batch_rows;
        if *visible != Visible::WithScans || !is_much {
            return Ok(());
        }
        if common.halt.is_cancelled() {
            // half of a scan is there, and its end will not come
            return Ok(());
        }
        common.gate.close();
        if !waiting.open.is_empty() {
            return Ok(());
        }
        let changes = self.changes(node);
        let desk = &mut self.desks[node];
        if let Some(load) = &desk.load {
            let progress = progress(changes, &desk.counts);
            desk.written = desk.written + self.destination.publish(load, progress).await?;
        }
        desk.waiting = Waiting::default();
        self.ledger.committed(node);
        self.desks[node].common.gate.open();
        Ok(())
    }

    /// What is to be remembered with the rows that have come of a resource.
    pub(super) fn changes(&mut self, node: usize) -> Changes {
        let desk = &self.desks[node];
        let (received, pages) = (desk.counts.received, desk.counts.traffic.pages);
        let mut changes = self.ledger.commit(node);
        if desk.is_stateless {
            return Vec::new();
        }
        for (key, state) in &mut changes {
            if let Some(state) = state.as_mut().filter(|_| key.is_empty() || key.starts_with('@')) {
                (state.rows, state.pages) = (received, pages);
            }
        }
        changes
    }

    /// Ends the load of a resource. `came_to_end`: all of it was looked at, though some of it may not have
    /// been read.
    pub(super) async fn end(
        &mut self,
        node: usize,
        load: &Load,
        came_to_end: bool,
        mut ending: Ending,
    ) -> Result<RowCounts> {
        if came_to_end {
            self.ledger.end_scans(node);
            if let Some(key) = self.desks[node].pass_key.clone() {
                self.ledger.change(node, &key, |state| state.complete = true);
            }
        }
        self.desks[node].counts = self.desks[node].common.tally.read();
        let mut states = self.changes(node);
        // how far it has come with its parent is known when its rows are there, which they are with
        // this very call
        let is_batchwise = self.desks[node].visible == Visible::Batchwise;
        let before = (!is_batchwise).then(|| self.ledger.clone());
        let is_published = is_batchwise || load.publishes(ending.status);
        if is_published && !is_batchwise {
            self.ledger.committed(node);
            states.extend(self.changes(node));
        }
        ending.progress = progress(states, &self.desks[node].counts);
        let ended = self.destination.end(load, ending).await;
        match (&ended, before) {
            (Ok(_), _) if is_published => self.ledger.committed(node),
            (Ok(_), _) => {}
            (Err(_), before) => {
                self.ledger = before.unwrap_or_else(|| std::mem::take(&mut self.ledger));
                self.ledger.lose(node);
            }
        }
        ended
    }

    /// Says which partitions are to be read, and from which state.
    async fn answer(
        &mut self,
        visit: Option<VisitId>,
        wants: Vec<Want>,
        vain: Vec<usize>,
    ) -> Result<Asked, (usize, Error)> {
        let mut found: Found = self.desks.iter().map(|_| HashMap::new()).collect();
        self.look_up(&wants, &mut found).await?;
        let children = visit.map_or(0, |visit| self.ledger.children(visit));
        let mut waits = vec![0; children];
        vain.into_iter().for_each(|child| waits[child] += 1);
        let mut opened = Vec::with_capacity(wants.len());
        let place = visit.map_or(0, |visit| self.ledger.next_place(visit));
        for want in wants {
            let ticket = visit.map(|visit| Ticket { visit, entry: place, child: want.child });
            let need = self.need(&want, &found);
            if need != Need::Nothing
                && let Some(waits) = waits.get_mut(want.child)
            {
                *waits += 1;
            }
            if let (Need::Awaited, Some(ticket)) = (need, ticket) {
                self.ledger.join(want.node, &want.key, ticket);
            }
            // what a child does not read any more is waited for in vain
            let is_halted = self.desks[want.node].common.halt.is_cancelled();
            let is_read = need == Need::Now && !is_halted;
            opened.push(is_read.then(|| self.open(&want, &mut found, ticket)));
        }
        if let Some(visit) = visit {
            self.ledger.reserve(visit, waits);
        }
        Ok(Asked { place, opened })
    }

    /// The states of partitions, and of those who follow them, as far as they are not at hand.
    async fn look_up(&mut self, wants: &[Want], found: &mut Found) -> Result<(), (usize, Error)> {
        let mut missing: Vec<Vec<String>> = vec![Vec::new(); self.desks.len()];
        for want in wants {
            missing[want.node].push(want.key.clone());
            for follower in self.ledger.followers(want.node) {
                missing[*follower].push(following(&want.key));
            }
        }
        for (node, mut keys) in missing.into_iter().enumerate() {
            keys.retain(|key| self.ledger.state(node, key).is_none());
            let Some(load) = self.desks[node].load.as_ref().filter(|_| !keys.is_empty()) else {
                continue;
            };
            if self.desks[node].is_stateless || load.write.refresh {
                continue;
            }
            let states = self.destination.states(load, States::Of(&keys)).await;
            found[node].extend(states.map_err(|error| (node, error))?);
        }
        Ok(())
    }

    /// Whether a partition is to be read: not while it is being read, nor again for the same row of its
    /// parent.
    fn need(&self, want: &Want, found: &Found) -> Need {
        match self.ledger.is_read_for(want.node, &want.key) {
            Some(version) if want.is_settled && version != want.version.as_ref() => {
                // its reading began after the change of a row that is older than the load
                if want.is_of_time() { Need::Awaited } else { Need::Later }
            }
            // a row that has changed since the load began comes again with the next one
            Some(_) => Need::Nothing,
            None if self.is_new(want, found) => Need::Now,
            None => Need::Nothing,
        }
    }

    /// Whether a partition was not read yet for the row of its parent.
    fn is_new(&self, want: &Want, found: &Found) -> bool {
        let desk = &self.desks[want.node];
        if desk.is_stateless {
            return !desk.read.contains(&want.key);
        }
        let at_hand = self.ledger.state(want.node, &want.key);
        let Some(state) = at_hand.or_else(|| found[want.node].get(&want.key)) else {
            return true;
        };
        let is_known = match &want.version {
            Some(version) => {
                let is_of_load = state.load_id == self.ledger.load_id(want.node);
                // read for another row of the parent, after this one had changed
                let is_covered = is_of_load && want.is_settled && want.is_of_time();
                state.parent.as_ref() == Some(version) || is_covered
            }
            None => desk.pass != 0 && state.pass == Some(desk.pass),
        };
        let is_known = is_known && desk.descendants.iter().all(|name| state.with.contains(name));
        !(is_known && state.complete && self.is_followed_up(want, state, found))
    }

    /// Whether the children of appended rows, which do not wait for them, have come as far.
    fn is_followed_up(&self, want: &Want, state: &State, found: &Found) -> bool {
        let key = following(&want.key);
        let followers = self.ledger.followers(want.node).iter();
        let mut remembering = followers.filter(|follower| self.desks[**follower].load.is_some());
        self.desks[want.node].visible != Visible::WithScans
            || remembering.all(|follower| {
                let at_hand = self.ledger.state(*follower, &key);
                let follower = at_hand.or_else(|| found[*follower].get(&key));
                follower
                    .is_some_and(|follower| follower.complete && follower.cursor >= state.cursor)
            })
    }

    fn open(&mut self, want: &Want, found: &mut Found, ticket: Option<Ticket>) -> Opened {
        let Want { node, key, version, .. } = want;
        if self.desks[*node].is_stateless {
            self.desks[*node].read.insert(key.clone());
        }
        let followers = self.ledger.followers(*node).to_vec();
        let keys = followers.iter().map(|follower| (*follower, following(key)));
        let keys: Vec<_> = keys.collect();
        let mut hold = |node: usize, key: &String| {
            self.ledger.hold(node, key, found[node].remove(key));
            self.ledger.state(node, key).cloned().unwrap_or_default()
        };
        let state = hold(*node, key);
        let followers = keys.iter().map(|(follower, key)| hold(*follower, key)).collect();
        let id = self.ledger.open(*node, key, ticket, version.clone());
        Opened { id, state, followers }
    }
}

/// When a partition is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    Now,
    /// It is being read, for another row of its parent.
    Awaited,
    /// By another load: what leads to it is not done.
    Later,
    /// It was read, or is being read.
    Nothing,
}

/// States that the destination has: of each resource, by partition.
type Found = Vec<HashMap<String, State>>;

impl Desk {
    pub(super) fn new(
        common: Arc<Common>,
        load: Option<Load>,
        schema: Arc<Schema>,
        visible: Visible,
        pass: Option<(i64, String)>,
    ) -> Self {
        Self {
            common,
            load,
            schema,
            visible,
            is_stateless: false,
            read: HashSet::new(),
            descendants: Vec::new(),
            batch_rows: 0,
            pass: pass.as_ref().map_or(0, |(load_id, _)| *load_id),
            pass_key: pass.map(|(_, key)| key),
            buffer: Buffer::default(),
            written: RowCounts::default(),
            counts: Counts::default(),
            waiting: Waiting::default(),
        }
    }

    /// Whether it is not to wait for more: that there is much, or that no scan begins before what has
    /// come is visible.
    fn is_urgent(&self) -> bool {
        self.is_full() || self.common.gate.is_closed()
    }

    /// As much may come while this is written.
    fn is_full(&self) -> bool {
        2 * self.buffer.weight >= self.batch_rows
    }
}

/// What is told with rows.
pub(super) fn progress(states: Changes, counts: &Counts) -> Progress {
    let Counts { received, filtered, quarantined, traffic, .. } = *counts;
    Progress { filtered, quarantined, ..Progress::new(states, received, traffic) }
}
