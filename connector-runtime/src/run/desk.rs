//! [`Desk`]: a resource on its way into the destination.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::Schema;
use tokio::sync::OwnedSemaphorePermit;

use super::node::Common;
use super::reached::Reached;
use super::tally::Counts;
use crate::destination::{Load, Reject};
use crate::report::RowCounts;

/// A resource on its way into the destination.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) common: Arc<Common>,
    /// `None`: it is not loaded, only its children are.
    pub(super) load: Option<Load>,
    /// That of its batches.
    pub(super) schema: Arc<Schema>,
    /// When its rows become visible.
    pub(super) visible: Visible,
    /// Nothing is remembered, but for the partitions that were read by this very run.
    pub(super) is_stateless: bool,
    pub(super) read: HashSet<String>,
    /// What is loaded below the resource.
    pub(super) descendants: Vec<String>,
    /// Rows that are written together.
    pub(super) batch_rows: usize,
    /// The load under whose number its partitions are read.
    pub(super) pass: i64,
    /// The key of the state that says so.
    pub(super) pass_key: Option<String>,
    pub(super) buffer: Buffer,
    /// What the destination has counted.
    pub(super) written: RowCounts,
    pub(super) counts: Counts,
    /// How far its cursor has come, by what is committed.
    pub(super) reached: Reached,
    pub(super) waiting: Waiting,
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
    pub(super) batches: Vec<RecordBatch>,
    pub(super) rows: usize,
    /// How much of what may be under way that is.
    pub(super) weight: usize,
    pub(super) rejects: Vec<Reject>,
    pub(super) permits: Vec<OwnedSemaphorePermit>,
    /// Something has come, if only states.
    pub(super) is_due: bool,
}

/// What was written and is not visible.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    pub(super) rows: usize,
    pub(super) scans: usize,
    /// Scans of which a part is there.
    pub(super) open: HashSet<u64>,
}

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
            reached: Reached::default(),
            waiting: Waiting::default(),
        }
    }

    /// Whether it is not to wait for more: that there is much, or that no scan begins before what has
    /// come is visible.
    pub(super) fn is_urgent(&self) -> bool {
        self.is_full() || self.common.gate.is_closed()
    }

    /// As much may come while this is written.
    pub(super) fn is_full(&self) -> bool {
        2 * self.buffer.weight >= self.batch_rows
    }
}
