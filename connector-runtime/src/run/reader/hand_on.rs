//! Rows on their way: to the writer, and what they lead to to the readers of children.

use arrow_array::RecordBatch;

use super::super::children::{Led, divide, lead};
use super::super::node::{Chunk, Message};
use super::windows::Shared;
use super::{BATCH_BYTES, ROWS_OF_A_SCAN, Reader, Scanning, Taken};
use crate::error::Result;

impl Reader {
    /// Hands rows on: to the writer, and what they lead to to the readers of children.
    pub(super) async fn hand_on(
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
}
