//! `?page=3`.

use super::extent::Extent;
use super::{PageFacts, Paginator, Path, Position, Problem, Step, has_more, total};
use crate::spec::PageNumberSpec;

/// `paginator = page_number(..)`.
#[derive(Clone, Copy, Debug)]
pub(super) struct PageNumber {
    spec: PageNumberSpec,
    page: u64,
    /// How many pages there are.
    pages: Option<u64>,
    extent: Extent,
}

impl PageNumber {
    pub(super) fn new(spec: PageNumberSpec) -> Self {
        Self { page: spec.base_page, pages: None, extent: Extent::default(), spec }
    }

    fn position(&self, page: u64) -> Position {
        Position {
            at: Some((self.spec.page_param, page)),
            size: self.spec.page_size_param.zip(self.spec.page_size),
            ..Position::default()
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
        let pages = captured(self.spec.total_path).map(|(path, value)| total(path, value));
        let more = captured(self.spec.has_more_path).map(|(path, value)| has_more(path, value));
        let (pages, more) = (pages.transpose()?, more.transpose()?);
        self.pages = pages;
        self.extent.page(facts.rows);

        if self.spec.maximum_page.is_some_and(|maximum| self.page >= maximum) {
            return Ok(Step::End);
        }
        let next = self.page.saturating_add(1);
        if more == Some(false) {
            let came = Self { page: next, ..*self };
            return Ok(came.shortfall().map_or(Step::End, Step::Incomplete));
        }
        let last = pages.map(|pages| self.spec.base_page.saturating_add(pages));
        if facts.rows == 0 {
            if more == Some(true) {
                return Err(Problem::new(format!(
                    "page number {} is empty, yet the API says that there is more",
                    self.page
                ))
                .help("if pages can be empty, remove `has_more_path` and declare `total_path`"));
            }
            return Ok(match pages {
                Some(pages) if last.is_some_and(|last| next < last) => Step::Incomplete(format!(
                    "the API says there are {pages} pages, but page number {} is empty",
                    self.page
                )),
                _ => Step::End,
            });
        }
        if more.is_none() && last.is_some_and(|last| next >= last) {
            return Ok(Step::End);
        }
        // an API that says there is more knows better than the length of its page
        let size = self.spec.page_size.filter(|_| self.spec.stop_on_short_page);
        let short = size.is_some_and(|size| facts.rows < size);
        if short && more.is_none() && pages.is_none() {
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
        let there = match self.pages {
            Some(pages) => page - self.spec.base_page < pages,
            None => self.extent.goes_on(after),
        };
        there.then(|| self.position(page))
    }

    /// For a scan that ends before the page that was asked for last.
    fn shortfall(&self) -> Option<String> {
        let pages =
            self.pages.filter(|pages| self.page < self.spec.base_page.saturating_add(*pages))?;
        let came = self.page - self.spec.base_page;
        Some(format!("the API says there are {pages} pages, but gave {came}"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Scalar;
    use super::super::tests::{COUNT, HAS_MORE, page};
    use super::*;

    fn walk(spec: PageNumberSpec, pages: &[PageFacts]) -> Vec<Result<Step, Problem>> {
        let mut paginator = PageNumber::new(spec);
        pages.iter().map(|facts| paginator.advance(facts)).collect()
    }

    fn at(page: u64) -> Result<Step, Problem> {
        Ok(Step::Next(Position { at: Some(("page", page)), ..Position::default() }))
    }

    #[test]
    fn counts_up_to_an_empty_page() {
        for base in [0, 1] {
            let spec = PageNumberSpec::new(base);
            assert_eq!(PageNumber::new(spec).first().at, Some(("page", base)));
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
            page_size_param: Some("per_page"),
            ..PageNumberSpec::new(1)
        };
        assert_eq!(PageNumber::new(sized).first().size, Some(("per_page", 10)));
        assert!(matches!(walk(sized, &[page(9, &[])])[0], Ok(Step::Next(_))));
        let stop = PageNumberSpec { stop_on_short_page: true, ..sized };
        assert_eq!(walk(stop, &[page(9, &[])]), [Ok(Step::End)]);
    }
}
