//! [`Writer`]: what readers bring goes into the destination, with the states that may go with it.

mod answer;

use arrow_array::RecordBatch;
use tokio::sync::OwnedSemaphorePermit;
use tracing::debug;

use super::desk::{Desk, Visible, Waiting};
use super::ledger::{Changes, Ledger};
use super::node::{Chunk, Message};
use super::post::{Inbox, Over};
use super::reached::marks;
use super::reader::ROWS_OF_A_SCAN;
use super::tally::Counts;
use crate::destination::{Destination, Ending, Load, Progress};
use crate::error::{Error, Result};
use crate::report::RowCounts;
use crate::schema::concat;
use crate::state::is_of_whole;

/// Target of the log lines.
const WRITE: &str = "connector_runtime::destination";

/// Batches that wait to be published before other scans may begin.
const MOST_WAITING: usize = 12;

/// What goes into the destination, and what is known of it.
pub(super) struct Writer<'a> {
    destination: &'a mut dyn Destination,
    pub(super) ledger: Ledger,
    pub(super) desks: Vec<Desk>,
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
            Message::Rows(chunk) => self.keep(*chunk),
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
                let (marks, rows) = (marks(&changes), batch.num_rows());
                let progress = progress(changes, &desk.counts);
                let written = self.destination.write(load, batch, buffer.rejects, progress).await?;
                desk.reached.commit(marks);
                desk.written = desk.written + RowCounts { quarantined, ..written };
                debug!(target: WRITE, resource = load.resource, rows, quarantined, "written");
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
            let marks = marks(&changes);
            let progress = progress(changes, &desk.counts);
            desk.written = desk.written + self.destination.publish(load, progress).await?;
            desk.reached.commit(marks);
            debug!(target: WRITE, resource = load.resource, rows = desk.waiting.rows, "published");
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
            if let Some(state) = state.as_mut().filter(|_| is_of_whole(key)) {
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
        let marks = marks(&states);
        ending.progress = progress(states, &self.desks[node].counts);
        let ended = self.destination.end(load, ending).await;
        if ended.is_ok() && is_published {
            self.desks[node].reached.commit(marks);
        }
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
}

/// What is told with rows.
pub(super) fn progress(states: Changes, counts: &Counts) -> Progress {
    let Counts { received, filtered, quarantined, traffic, .. } = *counts;
    Progress { filtered, quarantined, ..Progress::new(states, received, traffic) }
}
