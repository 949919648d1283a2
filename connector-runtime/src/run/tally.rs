//! [`Tally`]: what has come of a resource so far, however many readers are at work.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::node::Common;
use super::pages::Pages;
use crate::report::{Event, Observer, Traffic};

/// What has come so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) received: u64,
    /// Left out by the filter, by the bounds of an incremental load, or not stored.
    pub(super) filtered: u64,
    pub(super) quarantined: u64,
    /// Partitions that were read to their end.
    pub(super) partitions: u64,
    pub(super) traffic: Traffic,
}

/// The counts of a resource.
#[derive(Debug, Default)]
pub(super) struct Tally(Mutex<Counts>);

/// What one reader has told of its pages.
#[derive(Debug, Default)]
pub(super) struct Told {
    counts: Counts,
    /// Rows that were left out after they had come through the filter, of which it has not told yet.
    left_out: u64,
}

impl Told {
    /// So many rows more are left out: of pages that are told of next.
    pub(super) fn leave_out(&mut self, rows: u64) {
        self.left_out += rows;
    }
}

impl Tally {
    /// All of it.
    pub(super) fn read(&self) -> Counts {
        *self.counts()
    }

    /// A partition was read.
    pub(super) fn count_partition(&self) {
        self.counts().partitions += 1;
    }

    /// What has come to the pages of a reader since it told the last time.
    pub(super) fn tell(&self, told: &mut Told, pages: &Pages) {
        let traffic = pages.traffic();
        let mut counts = self.counts();
        let before = told.counts;
        counts.received += pages.rows() - before.received;
        counts.filtered += pages.filtered() - before.filtered + std::mem::take(&mut told.left_out);
        counts.quarantined += pages.quarantined() - before.quarantined;
        counts.traffic = counts.traffic + (traffic - before.traffic);
        told.counts = Counts {
            received: pages.rows(),
            filtered: pages.filtered(),
            quarantined: pages.quarantined(),
            partitions: 0,
            traffic,
        };
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Passes on what one of several readers says of its pages, as what all of them have.
pub(super) struct Relay {
    observer: Arc<dyn Observer>,
    common: Arc<Common>,
    is_alone: bool,
    own: Mutex<(u64, Traffic)>,
}

impl Relay {
    /// `is_alone`: what the API says there is, is said of all that is read.
    pub(super) fn new(observer: Arc<dyn Observer>, common: Arc<Common>, is_alone: bool) -> Self {
        Self { observer, common, is_alone, own: Mutex::default() }
    }
}

impl Observer for Relay {
    fn event(&self, event: &Event<'_>) {
        let Event::Page { resource, rows, total, total_pages, traffic } = *event else {
            return self.observer.event(event);
        };
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        let (rows, traffic) = {
            let mut shown = self.common.shown.lock().unwrap_or_else(PoisonError::into_inner);
            shown.0 += rows - own.0;
            shown.1 = shown.1 + (traffic - own.1);
            *own = (rows, traffic);
            *shown
        };
        let total = total.filter(|_| self.is_alone);
        let total_pages = total_pages.filter(|_| self.is_alone);
        self.observer.event(&Event::Page { resource, rows, total, total_pages, traffic });
    }
}
