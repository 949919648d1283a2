//! What becomes of the rows of a batch, by their cursor values alone.

use super::column::Native;

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fate {
    Dropped,
    Kept,
    /// It is as far as the rows that are there: it may be one of them.
    Stored,
    /// It has the greatest value so far.
    Top,
}

/// What the rows of a batch are compared with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lines<V> {
    pub(super) start: Option<V>,
    pub(super) end: Option<V>,
    pub(super) ceiling: Option<V>,
    pub(super) open: bool,
    pub(super) client_side: bool,
    pub(super) appends: bool,
    /// As far as appended rows are there.
    pub(super) stored: Option<V>,
    /// The greatest value of appended rows so far.
    pub(super) top: Option<V>,
}

impl<'a, V: Native<'a>> Lines<V> {
    /// Rows before it have come.
    pub(super) fn lower(&self) -> Option<V> {
        self.start.max(self.stored)
    }

    pub(super) fn is_before_end(&self, value: V) -> bool {
        self.end.is_none_or(|end| value < end)
    }

    /// The greatest of the values that the state may have.
    pub(super) fn best(&self, values: impl Iterator<Item = V>, max: V) -> Option<V> {
        if self.counts(max) {
            return Some(max);
        }
        values.filter(|value| self.counts(*value)).max()
    }

    /// Whether appended rows with a value are the greatest so far.
    pub(super) fn is_top(&self, best: V) -> bool {
        self.appends && !self.open && self.top.max(self.lower()).is_none_or(|top| top <= best)
    }

    /// The fate of each row; `None`: all are kept. `top`: the greatest value, if it counts.
    pub(super) fn fates(
        &self,
        values: impl Iterator<Item = V>,
        (min, max): (V, V),
        top: Option<V>,
    ) -> Option<Vec<Fate>> {
        let drops_equal = self.open && self.lower().is_some_and(|lower| min <= lower);
        let judges = self.appends || drops_equal || self.is_too_low(min) || self.is_too_high(max);
        judges.then(|| values.map(|value| self.fate(value, top)).collect())
    }

    fn fate(&self, value: V, top: Option<V>) -> Fate {
        if self.is_too_low(value) || self.is_too_high(value) {
            Fate::Dropped
        } else if self.appends && !self.open && self.stored == Some(value) {
            Fate::Stored
        } else if top == Some(value) {
            Fate::Top
        } else {
            Fate::Kept
        }
    }

    /// Whether the state may have a value.
    fn counts(&self, value: V) -> bool {
        self.is_before_end(value) && self.ceiling.is_none_or(|ceiling| value <= ceiling)
    }

    fn is_too_low(&self, value: V) -> bool {
        let is_older = self.lower().is_some_and(|lower| value < lower);
        is_older && (self.appends || self.client_side) || self.open && self.lower() == Some(value)
    }

    fn is_too_high(&self, value: V) -> bool {
        self.appends && !self.counts(value) || self.client_side && !self.is_before_end(value)
    }
}
