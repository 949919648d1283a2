//! `?offset=200&limit=100`.
//!
//! The position moves by the rows *received*: a server that caps the page size below what was
//! asked for loses nothing (dlt moves by the rows asked for and skips the difference).

use super::extent::Extent;
use super::shrink::Shrink;
use super::{
    MORE, PageFacts, Paginator, Path, Position, Problem, Scalar, Step, TOTAL, has_more, total,
};
use crate::spec::OffsetSpec;
use crate::state::PagePosition;

/// `paginator = offset(..)`.
#[derive(Debug)]
pub(super) struct Offset {
    spec: OffsetSpec,
    next: u64,
    /// Where the last page began, unless what follows begins before its end.
    last: Option<u64>,
    total: Option<u64>,
    extent: Extent,
    /// What the last page said.
    more: Option<bool>,
    shrink: Shrink,
    /// There were more rows than the total said.
    is_overrun: bool,
    /// Rows that come twice do no harm.
    rereads: bool,
}

impl Offset {
    pub(super) fn new(spec: OffsetSpec, rereads: bool) -> Self {
        let (extent, shrink) = (Extent::default(), Shrink::default());
        let (next, is_overrun) = (spec.offset, false);
        let (last, total, more) = (None, None, None);
        Self { next, last, total, more, extent, shrink, is_overrun, rereads, spec }
    }

    fn position(&self, offset: u64) -> Position {
        Position {
            at: Some((self.spec.offset_target, offset)),
            size: Some((self.spec.limit_target, self.spec.limit)),
            ..Position::default()
        }
    }

    /// The last total, if it is one to rely on: beside `has_more_path` an undeclared one is not.
    fn trusted_total(&self) -> Option<u64> {
        let declared = self.spec.total_path.is_some();
        self.total.filter(|_| declared || self.spec.has_more_path.is_none())
    }

    /// A declared total must be there; an undeclared one is used if it is, as long as there are not
    /// more rows than it says: it may be that of the page.
    fn read_total(&mut self, value: &Scalar, items: u64) -> Result<(), Problem> {
        self.total = match self.spec.total_path {
            Some(path) => Some(total(path, value)?),
            None => value.count().filter(|_| !self.is_overrun),
        };
        // rows beyond the total; without any on this page the source may have got smaller
        if self.total.is_some_and(|total| self.next > total && total > 0 && items > 0) {
            self.is_overrun = true;
            self.total = self.total.filter(|_| self.spec.total_path.is_some());
        }
        Ok(())
    }

    /// That the API gave more than it says there is.
    fn surplus(&self) -> Option<String> {
        let total = self.trusted_total().filter(|total| self.is_overrun && *total < self.next)?;
        let came = self.next - self.spec.offset;
        let of = total.saturating_sub(self.spec.offset);
        Some(format!("the API gave {came} rows, but says there are {of}"))
    }

    /// Whether everything has come, by the total. One that nobody declared and that is as many rows
    /// as were asked for with the first page may be that of the page: the next one tells.
    fn is_at_total(&self) -> bool {
        let after_first = self.spec.offset.saturating_add(self.spec.limit);
        let is_first = self.extent.pages() == 1 && self.next == after_first;
        let known = self.spec.total_path.is_some() || !is_first;
        known && self.trusted_total() == Some(self.next)
    }
}

impl Paginator for Offset {
    fn captures(&self) -> Vec<Path> {
        let mut paths = vec![self.spec.total_path.unwrap_or(TOTAL)];
        paths.extend(self.spec.has_more_path);
        paths
    }

    fn first(&self) -> Position {
        self.position(self.next)
    }

    fn advance(&mut self, facts: &PageFacts) -> Result<Step, Problem> {
        let asked = self.next;
        self.last = Some(asked);
        self.next = asked.saturating_add(facts.items);
        self.read_total(&facts.values[0], facts.items)?;
        let more = match self.spec.has_more_path {
            Some(path) => Some(has_more(path, &facts.values[1])?),
            None => None,
        };
        self.more = more;
        self.extent.page(facts.items);
        // rows beyond the total, or none at all: it is no total to go by
        let total = self.trusted_total().filter(|total| match facts.items {
            0 => *total > 0,
            _ => self.next <= *total,
        });
        let fall = self.shrink.total(total, self.rereads, self.spec.limit);
        if let Some(back) = fall.filter(|_| asked > self.spec.offset) {
            // the rows that this page begins with may have moved up from behind others
            self.next = asked.saturating_sub(back).max(self.spec.offset);
            self.last = None;
            return Ok(Step::Again(self.position(self.next)));
        }
        // a declared maximum holds whatever the API says
        if self.spec.maximum_offset.is_some_and(|maximum| self.next >= maximum) {
            return Ok(Step::End);
        }
        if more == Some(false) {
            let mismatch = self.shortfall().or_else(|| self.surplus());
            return Ok(mismatch.map_or(Step::End, Step::Incomplete));
        }
        if facts.items == 0 {
            if more == Some(true) {
                return Err(Problem::new(format!(
                    "the page at offset {} is empty, yet the API says that there is more: the position does not move",
                    self.next
                )));
            }
            return Ok(match self.total {
                Some(total) if total > self.next => Step::Incomplete(format!(
                    "the API says there are {total} rows, but the page at offset {} is empty",
                    self.next
                )),
                _ => self.surplus().map_or(Step::End, Step::Incomplete),
            });
        }
        // an API that says there is more knows better than its total; one that gives more than its
        // total may have more still
        if more.is_none() && self.is_at_total() {
            return Ok(Step::End);
        }
        // an API that says there is more knows better than the length of its page
        let short = self.spec.stop_on_short_page && facts.items < self.spec.limit;
        if short && more.is_none() && self.total.is_none() {
            return Ok(Step::End);
        }
        Ok(Step::Next(self.position(self.next)))
    }

    fn guess(&self, after: u64) -> Option<Position> {
        let ahead = after.checked_mul(self.extent.step()).filter(|ahead| *ahead > 0)?;
        let offset = self.next.checked_add(ahead)?;
        if self.spec.maximum_offset.is_some_and(|maximum| offset >= maximum) {
            return None;
        }
        let there = match self.trusted_total() {
            Some(total) => offset < total,
            None => self.extent.goes_on(after),
        };
        there.then(|| self.position(offset))
    }

    fn save(&self, _: &Position, _: &str) -> Option<PagePosition> {
        self.last.map(PagePosition::Count)
    }

    fn resume(&mut self, from: &PagePosition) -> Option<Position> {
        let PagePosition::Count(offset) = *from else { return None };
        // beyond its bounds it is that of another declaration
        let maximum = self.spec.maximum_offset.unwrap_or(u64::MAX);
        (self.spec.offset..maximum).contains(&offset).then(|| {
            self.next = offset;
            self.position(offset)
        })
    }

    fn shortfall(&self) -> Option<String> {
        let Some(total) = self.trusted_total().filter(|total| *total > self.next) else {
            return (self.more == Some(true)).then(|| MORE.to_owned());
        };
        let came = self.next - self.spec.offset;
        let of = total - self.spec.offset;
        Some(format!("the API says there are {of} rows, but gave {came}"))
    }

    fn doubt(&self) -> Option<String> {
        self.shrink.doubt()
    }

    fn total_rows(&self) -> Option<u64> {
        self.total.map(|total| total.saturating_sub(self.spec.offset))
    }
}

#[cfg(test)]
mod tests;
