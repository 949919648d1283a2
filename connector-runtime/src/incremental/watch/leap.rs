//! [`Leap`]: a scan in ascending order that goes on by the cursor, as its pages are only counted.
//!
//! While such pages are read, a row that changes moves to the end of the list, and those behind it move
//! to the front: the first one of the next page is on a page then that was read before. So the next
//! page is not asked for by its count, but as the first one of those with the last value, or a greater
//! one. A page is of one moment: of what is listed before its last row, it misses nothing.
//!
//! The bound lies just before that value, for an API that takes it as `>` as for one that takes it as
//! `>=`: more rows with the last value may follow.

use super::Watch;
use crate::state::CursorValue;

/// How far a scan has come that goes on by the cursor.
#[derive(Debug)]
pub(super) struct Leap {
    /// The lower bound that is sent, as far as it can be said.
    bound: Option<CursorValue>,
    /// The state may move so far.
    settled: Option<CursorValue>,
    /// The pages that come have come before.
    is_again: bool,
    /// Most of the last page was not asked for.
    is_unheeded: bool,
}

impl Leap {
    pub(super) fn bound(&self) -> Option<&CursorValue> {
        self.bound.as_ref()
    }

    /// Takes note of a page, some of whose rows are before the bound, or have no value.
    pub(super) fn look(&mut self, rows: u64, unasked: u64) {
        self.is_unheeded = !self.is_again && unasked * 2 > rows;
    }

    /// Whether the rows of the last page have come before.
    pub(super) fn is_again(&self) -> bool {
        self.is_again
    }

    /// Whether the rows of the last page say how far the scan has come.
    pub(super) fn goes_forward(&self) -> bool {
        !self.is_again && !self.is_unheeded
    }
}

impl Watch {
    /// The scan goes on by the cursor, as long as [`Self::leap_no_more`] is not said.
    pub(crate) fn leap(&mut self) {
        let bound = self.start.clone().map(|start| self.cursor.floor(start));
        self.leap = Some(Leap { bound, settled: None, is_again: false, is_unheeded: false });
        self.order.set_apart(true);
    }

    /// It goes on by counting.
    pub(crate) fn leap_no_more(&mut self) {
        self.leap = None;
        self.order.set_apart(false);
    }

    /// Whether it goes on by the cursor.
    pub(crate) fn leaps(&self) -> bool {
        self.leap.is_some()
    }

    /// Whether the next rows are those of pages that have come before.
    pub(crate) fn take_again(&mut self, again: bool) {
        if let Some(leap) = &mut self.leap {
            leap.is_again = again;
        }
    }

    /// Whether the API does not heed the lower bound as it is sent.
    pub(crate) fn is_unheeded(&self) -> bool {
        self.leap.as_ref().is_some_and(|leap| leap.is_unheeded)
    }

    /// The lower bound by which the scan goes on. `None`: it would be the present one, as it is sent.
    pub(crate) fn next_bound(&self) -> Option<CursorValue> {
        let (last, whole) = (self.order.last()?, self.order.whole());
        // from nowhere to before the first row is no step
        whole.or(self.leap.as_ref()?.bound.as_ref())?;
        // there is always a text between two
        let before = self.cursor.neighbour(last, -1);
        let before = Some(&before).filter(|before| *before < last);
        self.beyond_bound(whole.max(before)?)
    }

    /// Whether rows have come with which the state, at the end, would leave the bound behind.
    pub(crate) fn is_beyond_bound(&self) -> bool {
        self.order.greatest().is_some_and(|greatest| self.beyond_bound(greatest).is_some())
    }

    /// This is the lower bound from now on.
    pub(crate) fn leap_to(&mut self, bound: CursorValue) {
        if let Some(leap) = &mut self.leap {
            leap.bound = Some(bound);
        }
    }

    /// All rows have come that are before the last one.
    pub(crate) fn settle(&mut self) {
        let reached = if self.by_groups { self.order.whole() } else { self.order.last() };
        let reached = reached.cloned();
        if let Some(leap) = &mut self.leap {
            leap.settled = reached.max(leap.settled.take());
        }
    }

    /// Whether the next load reads whatever is not before the last row.
    pub(crate) fn reads_last_again(&self) -> bool {
        !self.by_groups && self.end.is_none()
    }

    /// How far the state may move.
    pub(super) fn settled(&self, leap: &Leap) -> Option<CursorValue> {
        let (settled, max) = (leap.settled.as_ref()?, self.max.as_ref()?);
        Some(self.capped(settled.min(max)))
    }

    /// What is greater is from the future, and was not told of before: rows come again.
    pub(super) fn future_line(&self) -> Option<&CursorValue> {
        let future = self.future.as_ref()?;
        let told = self.latest.as_ref().filter(|_| self.leaps());
        Some(told.map_or(future, |told| told.max(future)))
    }

    /// A value as it is sent, if that is greater than what is sent at present.
    fn beyond_bound(&self, value: &CursorValue) -> Option<CursorValue> {
        let value = self.cursor.floor(value.clone());
        let bound = self.leap.as_ref()?.bound.as_ref();
        bound.is_none_or(|bound| *bound < value).then_some(value)
    }
}
