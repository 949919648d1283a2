//! [`Site`]: a resource of a tree as it is known before anything of it is read: the same for those who read
//! it and those who say what would be read.

use std::sync::Arc;

use jiff::Timestamp;

use super::pages::may_count;
use crate::incremental::Cursor;
use crate::plan::Planned;
use crate::spec::{RowOrder, WriteDisposition};
use crate::state::CursorValue;

/// A resource of a tree, before anything of it is read.
pub(super) struct Site {
    pub(super) planned: Planned,
    pub(super) cursor: Option<Arc<Cursor>>,
    pub(super) now: Timestamp,
    /// Nothing is remembered of this run.
    pub(super) is_stateless: bool,
    /// What that reads of the cursor.
    pub(super) range: Option<(CursorValue, CursorValue)>,
    /// Only some rows are read.
    pub(super) limit: Option<Limit>,
    pub(super) has_children: bool,
    /// Its children and theirs, as far as they are loaded.
    pub(super) descendants: Vec<String>,
    /// What is loaded below each child.
    pub(super) below: Vec<Vec<String>>,
    /// A resource below needs all of its rows in one load.
    pub(super) feeds_a_whole: bool,
    /// It has a load of its own, with a state and a place for rows that do not fit.
    pub(super) is_loaded: bool,
    /// Its children remember how far they have come with its rows.
    pub(super) is_followed: bool,
    pub(super) has_partitions: bool,
}

/// How much of a resource is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    /// Rows; without a number, what its children need for theirs.
    pub(super) rows: Option<u64>,
}

impl Site {
    /// Whether anything is remembered.
    pub(super) fn has_state(&self) -> bool {
        !self.is_stateless
    }

    /// How many windows of a partition are read at once. Rows that are appended become visible by
    /// whole windows.
    pub(super) fn windows_at_once(&self) -> usize {
        match &self.cursor {
            Some(cursor) if !self.appends() && self.limit.is_none() => {
                cursor.spec().parallel as usize
            }
            _ => 1,
        }
    }

    /// Whether rows may come late, and are looked for again.
    pub(super) fn lags(&self) -> bool {
        self.cursor.as_ref().is_some_and(|cursor| cursor.spec().lag.is_some())
    }

    pub(super) fn appends(&self) -> bool {
        self.planned.stored && self.planned.write.disposition == WriteDisposition::Append
    }

    /// Whether one scan reads all of it.
    pub(super) fn is_read_at_once(&self) -> bool {
        let has_windows = self.cursor.as_ref().is_some_and(|cursor| cursor.spec().step.is_some());
        !self.has_partitions && !has_windows
    }

    /// Whether rows that are not stored may lead to children: where rows are appended, children may not
    /// have come as far.
    pub(super) fn leads_beyond(&self) -> bool {
        self.appends() && self.has_children
    }

    /// Whether a scan may end before the API does.
    pub(super) fn ends_early(&self) -> bool {
        self.cursor.as_ref().is_some_and(|cursor| match cursor.spec().row_order {
            Some(RowOrder::Asc) => cursor.spec().sends_end() || self.range.is_some(),
            Some(RowOrder::Desc) => true,
            None => false,
        })
    }

    /// Whether whatever is not there yet can be asked for by the cursor of what is.
    fn goes_on_by_cursor(&self) -> bool {
        self.cursor.as_ref().is_some_and(|cursor| {
            cursor.spec().row_order == Some(RowOrder::Asc) && cursor.spec().sends_start()
        })
    }

    /// Whether a scan does, instead of counting pages. Appended rows never move, and none of them may
    /// come twice; of a number of rows none is to.
    pub(super) fn leaps(&self) -> bool {
        let may_count = self.planned.paginator.is_some_and(may_count);
        self.goes_on_by_cursor() && may_count && !self.appends() && self.limit.is_none()
    }

    /// Whether the positions of pages are remembered: not where the cursor says it better, and only
    /// of rows that become visible as they come.
    pub(super) fn keeps_positions(&self) -> bool {
        // what has changed since a scan began is known by its present, or comes before its first row
        let knows_changes = self.cursor.as_ref().is_none_or(|cursor| {
            let is_time = cursor.at(self.now).is_some();
            is_time || cursor.spec().row_order == Some(RowOrder::Desc)
        });
        let can_be_followed = !self.has_children || self.is_followed;
        self.has_state()
            && self.is_loaded
            && !self.goes_on_by_cursor()
            && knows_changes
            && !self.waits()
            && self.planned.write.delete_missing.is_none()
            && !self.feeds_a_whole
            && can_be_followed
    }

    /// Whether its rows become visible at the end of scans, or of the load.
    pub(super) fn waits(&self) -> bool {
        self.planned.waits()
    }
}
