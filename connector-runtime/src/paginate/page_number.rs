//! `?page=3`.

use super::extent::Extent;
use super::shrink::Shrink;
use super::{MORE, PageFacts, Paginator, Path, Position, Problem, Step, has_more, total};
use crate::spec::{PageNumberSpec, TotalUnit};
use crate::state::PagePosition;

/// `paginator = page_number(..)`.
#[derive(Clone, Copy, Debug)]
pub(super) struct PageNumber {
    spec: PageNumberSpec,
    /// The page that is asked for.
    page: u64,
    /// Rows that came.
    rows: u64,
    /// How many pages or rows there are.
    total: Option<u64>,
    /// What the last page said.
    more: Option<bool>,
    extent: Extent,
    shrink: Shrink,
    /// There were more rows than the total said.
    is_overrun: bool,
}

impl PageNumber {
    pub(super) fn new(spec: PageNumberSpec) -> Self {
        let (page, extent, shrink) = (spec.base_page, Extent::default(), Shrink::default());
        let is_overrun = false;
        Self { page, rows: 0, total: None, more: None, extent, shrink, is_overrun, spec }
    }

    fn position(&self, page: u64) -> Position {
        Position {
            at: Some((self.spec.page_target, page)),
            size: self.spec.page_size_target.zip(self.spec.page_size),
            ..Position::default()
        }
    }

    /// Pages or rows that have come, where `page` is the next one.
    fn came(&self, page: u64) -> u64 {
        match self.spec.total_counts {
            TotalUnit::Pages => page.saturating_sub(self.spec.base_page),
            TotalUnit::Rows => self.rows,
        }
    }

    /// That the API gave more than it says there is.
    fn surplus(&self) -> Option<String> {
        let (came, total) = (self.rows, self.total_rows().filter(|_| self.is_overrun)?);
        (came > total).then(|| format!("the API gave {came} rows, but says there are {total}"))
    }

    fn unit(&self) -> &'static str {
        match self.spec.total_counts {
            TotalUnit::Pages => "pages",
            TotalUnit::Rows => "rows",
        }
    }
}

impl Paginator for PageNumber {
    fn captures(&self) -> Vec<Path> {
        self.spec.total_path.into_iter().chain(self.spec.has_more_path).collect()
    }

    fn first(&self) -> Position {
        self.position(self.page)
    }

    fn advance(&mut self, facts: &PageFacts) -> Result<Step, Problem> {
        let mut values = facts.values.iter();
        // a value comes for each path that was declared
        let mut captured = |path: Option<Path>| Some((path?, values.next()?));
        let total = captured(self.spec.total_path).map(|(path, value)| total(path, value));
        let more = captured(self.spec.has_more_path).map(|(path, value)| has_more(path, value));
        let (total, more) = (total.transpose()?, more.transpose()?);
        self.total = total;
        self.more = more;
        self.rows = self.rows.saturating_add(facts.items);
        self.extent.page(facts.items);
        // without rows on this page the source may have got smaller
        let total_rows = self.total_rows().filter(|total| *total > 0 && facts.items > 0);
        self.is_overrun |= total_rows.is_some_and(|total| self.rows > total);
        // where the rows that have moved are now, page numbers do not tell
        self.shrink.total(total.filter(|total| *total > 0), false, 0);

        if self.spec.maximum_page.is_some_and(|maximum| self.page >= maximum) {
            return Ok(Step::End);
        }
        let next = self.page.saturating_add(1);
        if more == Some(false) {
            let came = Self { page: next, ..*self };
            let mismatch = came.shortfall().or_else(|| self.surplus());
            return Ok(mismatch.map_or(Step::End, Step::Incomplete));
        }
        if facts.items == 0 {
            if more == Some(true) {
                return Err(Problem::new(format!(
                    "page number {} is empty, yet the API says that there is more",
                    self.page
                ))
                .help("if pages can be empty, remove `has_more_path` and declare `total_path`"));
            }
            return Ok(match total {
                Some(total) if self.came(next) < total => Step::Incomplete(format!(
                    "the API says there are {total} {}, but page number {} is empty",
                    self.unit(),
                    self.page
                )),
                _ => self.surplus().map_or(Step::End, Step::Incomplete),
            });
        }
        // one that gives more rows than its total may have more still
        let surplus = self.surplus().is_some();
        if more.is_none() && !surplus && total.is_some_and(|total| self.came(next) >= total) {
            return Ok(Step::End);
        }
        // an API that says there is more knows better than the length of its page
        let size = self.spec.page_size.filter(|_| self.spec.stop_on_short_page);
        let short = size.is_some_and(|size| facts.items < size);
        if short && more.is_none() && total.is_none() {
            return Ok(Step::End);
        }
        self.page = next;
        Ok(Step::Next(self.position(self.page)))
    }

    fn guess(&self, after: u64) -> Option<Position> {
        let page = self.page.checked_add(after)?;
        if self.spec.maximum_page.is_some_and(|maximum| page > maximum) {
            return None;
        }
        let there = match (self.total, self.spec.total_counts) {
            (Some(total), TotalUnit::Pages) => self.came(page) < total,
            (Some(total), TotalUnit::Rows) => {
                self.rows.saturating_add(after.saturating_mul(self.extent.step())) < total
            }
            (None, _) => self.extent.goes_on(after),
        };
        there.then(|| self.position(page))
    }

    fn save(&self, _: &Position, _: &str) -> Option<PagePosition> {
        let number = self.page.checked_sub(1).filter(|_| self.extent.pages() > 0)?;
        Some(PagePosition::Page { number, before: self.rows - self.extent.step() })
    }

    fn resume(&mut self, from: &PagePosition) -> Option<Position> {
        let PagePosition::Page { number, before } = *from else { return None };
        // beyond its bounds it is that of another declaration
        let maximum = self.spec.maximum_page.unwrap_or(u64::MAX);
        (self.spec.base_page..=maximum).contains(&number).then(|| {
            (self.page, self.rows) = (number, before);
            self.position(number)
        })
    }

    /// For a scan that ends before the page that was asked for last.
    fn shortfall(&self) -> Option<String> {
        let came = self.came(self.page);
        match self.total.filter(|total| came < *total) {
            Some(total) => {
                Some(format!("the API says there are {total} {}, but gave {came}", self.unit()))
            }
            None => (self.more == Some(true)).then(|| MORE.to_owned()),
        }
    }

    fn doubt(&self) -> Option<String> {
        self.shrink.doubt()
    }

    fn total_rows(&self) -> Option<u64> {
        self.total.filter(|_| self.spec.total_counts == TotalUnit::Rows)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Scalar;
    use super::super::tests::{COUNT, HAS_MORE, page};
    use super::*;
    use crate::spec::Target;

    fn walk(spec: PageNumberSpec, pages: &[PageFacts]) -> Vec<Result<Step, Problem>> {
        let mut paginator = PageNumber::new(spec);
        pages.iter().map(|facts| paginator.advance(facts)).collect()
    }

    fn at(page: u64) -> Result<Step, Problem> {
        Ok(Step::Next(Position { at: Some((Target::Param("page"), page)), ..Position::default() }))
    }

    #[test]
    fn counts_up_to_an_empty_page() {
        for base in [0, 1] {
            let spec = PageNumberSpec::new(base);
            assert_eq!(PageNumber::new(spec).first().at, Some((Target::Param("page"), base)));
            let steps = walk(spec, &[page(10, &[]), page(3, &[]), page(0, &[])]);
            assert_eq!(steps, [at(base + 1), at(base + 2), Ok(Step::End)]);
        }
    }

    #[test]
    fn d06_the_total_counts_pages_from_the_first_page() {
        for base in [0, 1] {
            let spec = PageNumberSpec { total_path: Some(COUNT), ..PageNumberSpec::new(base) };
            let facts = || page(10, &[Scalar::Count(3)]);
            let steps = walk(spec, &[facts(), facts(), facts()]);
            assert_eq!(steps, [at(base + 1), at(base + 2), Ok(Step::End)]);
        }
    }

    #[test]
    fn d11_an_empty_page_before_the_last_is_no_success() {
        let spec = PageNumberSpec { total_path: Some(COUNT), ..PageNumberSpec::new(1) };
        let steps = walk(spec, &[page(10, &[Scalar::Count(3)]), page(0, &[Scalar::Count(3)])]);
        assert!(
            matches!(&steps[1], Ok(Step::Incomplete(reason)) if reason.contains("page number 2"))
        );
    }

    #[test]
    fn d09_the_maximum_is_the_last_page() {
        let spec = PageNumberSpec {
            maximum_page: Some(2),
            has_more_path: Some(HAS_MORE),
            ..PageNumberSpec::new(1)
        };
        let more = || page(10, &[Scalar::Bool(true)]);
        assert_eq!(walk(spec, &[more(), more()]), [at(2), Ok(Step::End)]);
    }

    #[test]
    fn has_more_decides() {
        let spec = PageNumberSpec { has_more_path: Some(HAS_MORE), ..PageNumberSpec::new(1) };
        let facts = |rows, more| page(rows, &[Scalar::Bool(more)]);
        assert_eq!(walk(spec, &[facts(1, true), facts(1, false)]), [at(2), Ok(Step::End)]);
        assert!(walk(spec, &[facts(0, true)])[0].is_err());
        assert!(walk(spec, &[page(1, &[Scalar::Null])])[0].is_err());
    }

    #[test]
    fn a_scan_that_ends_short_of_the_last_page_is_no_success() {
        let counted = PageNumberSpec { total_path: Some(COUNT), ..PageNumberSpec::new(1) };
        let flagged = PageNumberSpec { has_more_path: Some(HAS_MORE), ..counted };
        let steps = walk(flagged, &[page(10, &[Scalar::Count(2), Scalar::Bool(false)])]);
        assert!(
            matches!(&steps[0], Ok(Step::Incomplete(reason)) if reason.contains("2 pages, but gave 1"))
        );
        let steps = walk(flagged, &[page(10, &[Scalar::Count(1), Scalar::Bool(false)])]);
        assert_eq!(steps, [Ok(Step::End)]);
        let mut paginator = PageNumber::new(counted);
        assert_eq!(paginator.advance(&page(10, &[Scalar::Count(3)])), at(2));
        assert!(paginator.shortfall().is_some());
    }

    #[test]
    fn a_short_page_is_the_last_only_if_declared() {
        let sized = PageNumberSpec {
            page_size: Some(10),
            page_size_target: Some(Target::Param("per_page")),
            ..PageNumberSpec::new(1)
        };
        assert_eq!(PageNumber::new(sized).first().size, Some((Target::Param("per_page"), 10)));
        assert!(matches!(walk(sized, &[page(9, &[])])[0], Ok(Step::Next(_))));
        let stop = PageNumberSpec { stop_on_short_page: true, ..sized };
        assert_eq!(walk(stop, &[page(9, &[])]), [Ok(Step::End)]);
    }

    #[test]
    fn a_total_can_count_rows() {
        let spec = PageNumberSpec {
            total_path: Some(COUNT),
            total_counts: TotalUnit::Rows,
            ..PageNumberSpec::new(1)
        };
        let facts = |rows, total| page(rows, &[Scalar::Count(total)]);
        let steps = walk(spec, &[facts(10, 25), facts(10, 25), facts(5, 25)]);
        assert_eq!(steps, [at(2), at(3), Ok(Step::End)]);
        // one that changes counts as it stands
        assert_eq!(walk(spec, &[facts(10, 25), facts(10, 20)]), [at(2), Ok(Step::End)]);
        let steps = walk(spec, &[facts(10, 25), facts(0, 25)]);
        assert!(
            matches!(&steps[1], Ok(Step::Incomplete(reason)) if reason.contains("25 rows, but page number 2"))
        );

        let mut paginator = PageNumber::new(spec);
        assert_eq!((paginator.shortfall(), paginator.total_rows()), (None, None));
        assert_eq!(paginator.advance(&facts(10, 25)), at(2));
        assert_eq!(paginator.total_rows(), Some(25));
        let shortfall = paginator.shortfall().expect("15 have not come");
        assert!(shortfall.contains("25 rows, but gave 10"), "{shortfall}");
        // more than there should be: there may be more still
        assert_eq!(paginator.advance(&facts(16, 25)), at(3));
        assert_eq!(paginator.shortfall(), None);
        let step = paginator.advance(&facts(0, 25));
        assert!(
            matches!(&step, Ok(Step::Incomplete(found)) if found.contains("gave 26 rows, but says there are 25")),
            "{step:?}"
        );
    }

    #[test]
    fn more_that_does_not_come_is_a_shortfall() {
        let spec = PageNumberSpec { has_more_path: Some(HAS_MORE), ..PageNumberSpec::new(1) };
        let mut paginator = PageNumber::new(spec);
        assert_eq!(paginator.shortfall(), None);
        assert_eq!(paginator.advance(&page(10, &[Scalar::Bool(true)])), at(2));
        assert!(paginator.shortfall().is_some_and(|reason| reason.contains("there is more")));
        assert_eq!(paginator.advance(&page(1, &[Scalar::Bool(false)])), Ok(Step::End));
        assert_eq!(paginator.shortfall(), None);
    }

    fn saved(paginator: &PageNumber) -> Option<PagePosition> {
        paginator.save(&Position::default(), "https://x.test/")
    }

    #[test]
    fn a_scan_goes_on_at_the_last_page() {
        for base in [0, 1] {
            let spec = PageNumberSpec {
                total_path: Some(COUNT),
                total_counts: TotalUnit::Rows,
                ..PageNumberSpec::new(base)
            };
            let facts = |rows| page(rows, &[Scalar::Count(25)]);
            let mut paginator = PageNumber::new(spec);
            assert_eq!(saved(&paginator), None);
            assert_eq!(paginator.advance(&facts(10)), at(base + 1));
            assert_eq!(saved(&paginator), Some(PagePosition::Page { number: base, before: 0 }));
            assert_eq!(paginator.advance(&facts(10)), at(base + 2));
            let position = PagePosition::Page { number: base + 1, before: 10 };
            assert_eq!(saved(&paginator).as_ref(), Some(&position));

            // rows that had come before count
            let mut later = PageNumber::new(spec);
            let first = later.resume(&position).expect("a position");
            assert_eq!(Ok(Step::Next(first)), at(base + 1));
            assert_eq!(later.advance(&facts(10)), at(base + 2));
            let shortfall = later.shortfall().expect("5 have not come");
            assert!(shortfall.contains("25 rows, but gave 20"), "{shortfall}");
            assert_eq!(later.advance(&facts(5)), Ok(Step::End));
        }
    }

    #[test]
    fn positions_of_another_declaration_are_none() {
        let bounds = PageNumberSpec { maximum_page: Some(9), ..PageNumberSpec::new(2) };
        for (position, is_one) in [
            (PagePosition::Page { number: 1, before: 0 }, false),
            (PagePosition::Page { number: 2, before: 0 }, true),
            (PagePosition::Page { number: 9, before: 0 }, true),
            (PagePosition::Page { number: 10, before: 0 }, false),
            (PagePosition::Count(5), false),
            (PagePosition::Cursor("5".into()), false),
            (PagePosition::Link("https://x.test/?page=5".into()), false),
        ] {
            let resumed = PageNumber::new(bounds).resume(&position);
            assert_eq!(resumed.is_some(), is_one, "{position:?}");
        }
    }
}
