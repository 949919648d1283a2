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
        let is_first = self.extent.pages() == 1 && self.extent.step() == self.spec.limit;
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
mod tests {
    use super::super::tests::{COUNT, HAS_MORE, page};
    use super::*;
    use crate::spec::Target;

    const NONE: Scalar = Scalar::Missing;

    fn walk(spec: OffsetSpec, pages: &[PageFacts]) -> Vec<Result<Step, Problem>> {
        let mut offset = Offset::new(spec, false);
        pages.iter().map(|facts| offset.advance(facts)).collect()
    }

    fn at(offset: u64, limit: u64) -> Result<Step, Problem> {
        Ok(Step::Next(Position {
            at: Some((Target::Param("offset"), offset)),
            size: Some((Target::Param("limit"), limit)),
            ..Position::default()
        }))
    }

    #[test]
    fn d04_the_position_moves_by_the_rows_received() {
        let steps = walk(
            OffsetSpec::new(250),
            &[page(100, &[NONE]), page(100, &[NONE]), page(37, &[NONE]), page(0, &[NONE])],
        );
        assert_eq!(steps, [at(100, 250), at(200, 250), at(237, 250), Ok(Step::End)]);
    }

    #[test]
    fn a_total_is_used_if_it_is_there() {
        let last = Ok(Step::End);
        for (value, expected) in [
            (Scalar::Count(200), last.clone()),
            (Scalar::Text("200".into()), last),
            (Scalar::Count(201), at(200, 100)),
            (Scalar::Null, at(200, 100)),
            (Scalar::Text("many".into()), at(200, 100)),
            (Scalar::Other("an object"), at(200, 100)),
        ] {
            let pages = [page(100, std::slice::from_ref(&value)), page(100, &[value])];
            assert_eq!(walk(OffsetSpec::new(100), &pages), [at(100, 100), expected]);
        }
    }

    #[test]
    fn an_undeclared_total_that_is_that_of_the_page_ends_nothing() {
        let count = |rows, total| page(rows, &[Scalar::Count(total)]);
        let pages = [count(10, 10), count(10, 10), count(7, 7), count(0, 0)];
        let steps = [at(10, 10), at(20, 10), at(27, 10), Ok(Step::End)];
        assert_eq!(walk(OffsetSpec::new(10), &pages), steps);
        // pages, not rows
        let pages = [count(10, 2), count(3, 2), count(0, 2)];
        assert_eq!(walk(OffsetSpec::new(10), &pages), [at(10, 10), at(13, 10), Ok(Step::End)]);
        // it was that of all rows
        assert_eq!(
            walk(OffsetSpec::new(10), &[count(10, 10), count(0, 10)]),
            [at(10, 10), Ok(Step::End)]
        );
    }

    #[test]
    fn a_declared_total_must_be_there() {
        let spec = OffsetSpec { total_path: Some(COUNT), ..OffsetSpec::new(100) };
        let step = walk(spec, &[page(100, &[NONE])]).remove(0);
        assert_eq!(
            step.expect_err("no total").message,
            "expected a whole number at `total_path = \"count\"`, found nothing"
        );
    }

    #[test]
    fn d11_an_empty_page_before_the_total_is_no_success() {
        let steps = walk(
            OffsetSpec::new(100),
            &[page(100, &[Scalar::Count(300)]), page(0, &[Scalar::Count(300)])],
        );
        let Ok(Step::Incomplete(reason)) = &steps[1] else { panic!("{steps:?}") };
        assert!(reason.contains("300 rows") && reason.contains("offset 100"), "{reason}");
    }

    #[test]
    fn d09_a_maximum_holds_though_there_is_more() {
        let spec = OffsetSpec {
            maximum_offset: Some(200),
            has_more_path: Some(HAS_MORE),
            ..OffsetSpec::new(100)
        };
        let more = [NONE, Scalar::Bool(true)];
        assert_eq!(
            walk(spec, &[page(100, &more), page(100, &more)]),
            [at(100, 100), Ok(Step::End)]
        );
    }

    #[test]
    fn has_more_decides_and_must_be_a_flag() {
        let spec = OffsetSpec { has_more_path: Some(HAS_MORE), ..OffsetSpec::new(100) };
        for (flag, expected) in [
            (Scalar::Bool(false), Ok(Step::End)),
            (Scalar::Text("False".into()), Ok(Step::End)),
            (Scalar::Bool(true), at(100, 100)),
        ] {
            assert_eq!(walk(spec, &[page(100, &[Scalar::Count(50), flag])]), [expected]);
        }
        for flag in [NONE, Scalar::Null, Scalar::Count(1)] {
            assert!(walk(spec, &[page(100, &[NONE, flag])])[0].is_err());
        }
    }

    #[test]
    fn d08_an_empty_page_that_promises_more_does_not_move() {
        let spec = OffsetSpec { has_more_path: Some(HAS_MORE), ..OffsetSpec::new(100) };
        let problem = walk(spec, &[page(0, &[NONE, Scalar::Bool(true)])]).remove(0);
        assert!(problem.expect_err("no end").message.contains("does not move"));
    }

    #[test]
    fn a_short_page_is_the_last_only_if_declared() {
        assert_eq!(walk(OffsetSpec::new(100), &[page(99, &[NONE])]), [at(99, 100)]);
        let spec = OffsetSpec { stop_on_short_page: true, ..OffsetSpec::new(100) };
        assert_eq!(
            walk(spec, &[page(100, &[NONE]), page(99, &[NONE])]),
            [at(100, 100), Ok(Step::End)]
        );
    }

    #[test]
    fn a_scan_that_ends_short_of_the_total_is_no_success() {
        let flagged = OffsetSpec { has_more_path: Some(HAS_MORE), ..OffsetSpec::new(100) };
        let both = OffsetSpec { total_path: Some(COUNT), ..flagged };
        let limited = OffsetSpec { maximum_offset: Some(90), ..OffsetSpec::new(100) };
        let no_more = [Scalar::Count(250), Scalar::Bool(false)];
        for (spec, rows, values, partial) in [
            (both, 100, &no_more[..], true),
            // the flag is declared, the total is a guess
            (flagged, 100, &no_more, false),
            // the user's own end
            (limited, 100, &[Scalar::Count(250)], false),
        ] {
            let step = walk(spec, &[page(rows, values)]).remove(0);
            assert_eq!(matches!(step, Ok(Step::Incomplete(_))), partial, "{spec:?} {step:?}");
        }
    }

    #[test]
    fn more_that_does_not_come_is_a_shortfall() {
        let spec = OffsetSpec { has_more_path: Some(HAS_MORE), ..OffsetSpec::new(100) };
        let mut offset = Offset::new(spec, false);
        assert_eq!(offset.shortfall(), None);
        assert_eq!(offset.advance(&page(100, &[NONE, Scalar::Bool(true)])), at(100, 100));
        assert!(offset.shortfall().is_some_and(|reason| reason.contains("there is more")));
        assert_eq!(offset.advance(&page(9, &[NONE, Scalar::Bool(false)])), Ok(Step::End));
        assert_eq!(offset.shortfall(), None);
    }

    #[test]
    fn more_rows_than_a_declared_total_are_read_and_told() {
        let declared = OffsetSpec { total_path: Some(COUNT), ..OffsetSpec::new(100) };
        for (spec, total, surplus) in [
            (declared, 40, Some("gave 50 rows, but says there are 40")),
            (declared, 50, None),
            (
                OffsetSpec { offset: 30, ..declared },
                70,
                Some("gave 50 rows, but says there are 40"),
            ),
            (OffsetSpec { offset: 30, ..declared }, 80, None),
        ] {
            let pages = [page(50, &[Scalar::Count(total)]), page(0, &[Scalar::Count(total)])];
            let steps = walk(spec, &pages);
            match (&steps[..], surplus) {
                ([Ok(Step::Next(_)), Ok(Step::Incomplete(found))], Some(says)) => {
                    assert!(found.contains(says), "{found}");
                }
                ([Ok(Step::End), _], None) => {}
                other => panic!("{spec:?} {total}: {other:?}"),
            }
        }
    }

    #[test]
    fn names_and_start_can_be_chosen() {
        let spec = OffsetSpec {
            offset: 10,
            offset_target: Target::Body(&["page", "skip"]),
            limit_target: Target::Header("x-take"),
            ..OffsetSpec::new(5)
        };
        assert_eq!(
            Offset::new(spec, false).first(),
            Position {
                at: Some((Target::Body(&["page", "skip"]), 10)),
                size: Some((Target::Header("x-take"), 5)),
                ..Position::default()
            }
        );
    }

    #[test]
    fn a_total_that_falls_leads_back_where_rows_can_come_twice() {
        let pages = [
            page(100, &[Scalar::Count(300)]),
            page(100, &[Scalar::Count(270)]),
            page(100, &[Scalar::Count(270)]),
            page(100, &[Scalar::Count(270)]),
        ];
        let again = Ok(Step::Again(Offset::new(OffsetSpec::new(100), true).position(70)));
        for (rereads, steps) in [
            (true, vec![at(100, 100), again, at(170, 100), Ok(Step::End)]),
            (false, vec![at(100, 100), at(200, 100)]),
        ] {
            let mut offset = Offset::new(OffsetSpec::new(100), rereads);
            let found: Vec<_> =
                pages.iter().take(steps.len()).map(|facts| offset.advance(facts)).collect();
            assert_eq!(found, steps, "{rereads}");
            assert_eq!(offset.doubt().is_some(), !rereads);
        }
    }

    #[test]
    fn a_total_that_goes_up_and_down_does_not_lead_back_for_ever() {
        let mut offset = Offset::new(OffsetSpec::new(1), true);
        let ends = (0..10_000).any(|n| {
            let total = if n % 2 == 0 { 50 } else { 40 };
            offset.advance(&page(1, &[Scalar::Count(total)])) == Ok(Step::End)
        });
        assert!(ends && offset.doubt().is_some());
    }
}
