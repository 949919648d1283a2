//! Pages that are counted while rows move: where a scan leaves them for the cursor, and where they are
//! asked for again.
//!
//! A row that changes moves to the end, and those behind it move to the front. Whoever asks for the
//! pages again, the last one first, meets each row that has moved away before it was seen: it can only
//! have moved to a page that is still to come.

use super::super::request::at;
use super::scan::Scan;
use super::{Pages, explain};
use crate::client::Answer;
use crate::decode::PageFacts;
use crate::error::Result;
use crate::http::{Request, Response};
use crate::instance::Bindings;
use crate::paginate::{Position, link_counts, paginator};
use crate::spec::PaginatorSpec;

/// A page that was asked for.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) position: Position,
    pub(super) request: Request,
}

/// One that is asked for again.
#[derive(Debug)]
pub(super) struct Back {
    asked: Asked,
    /// How many rows there are up to the page after it, where the API may give fewer.
    rows: Option<u64>,
}

/// The pages of a scan that may be asked for again.
#[derive(Debug, Default)]
pub(super) struct Passed {
    /// It is one of these scans.
    pub(super) is_kept: bool,
    /// In the order in which they came.
    pub(super) pages: Vec<Asked>,
    /// Those that are to be asked for again, the next one last.
    pub(super) back: Vec<Back>,
    /// Pages that came again without having been asked for again.
    pub(super) repeats: u64,
    /// Some were to be: the scan is left as soon as they have come.
    pub(super) is_turned: bool,
}

impl Pages {
    /// The pages of the scan that has begun come one by one, and may be asked for again.
    pub(crate) fn keep_passed(&mut self) {
        self.scan.passed.is_kept = true;
    }

    /// They are not.
    pub(crate) fn forget_passed(&mut self) {
        self.scan.passed = Passed::default();
    }

    /// Pages of the scan so far.
    pub(crate) fn passed(&self) -> usize {
        self.scan.passed.pages.len()
    }

    /// Whether pages are asked for again, and some are still to come.
    pub(crate) fn goes_back(&self) -> bool {
        !self.scan.passed.back.is_empty()
    }

    /// Whether the pages that come have come before.
    pub(crate) fn came_again(&self) -> bool {
        self.scan.passed.is_turned
    }

    /// Whether the last page had no rows.
    pub(crate) fn is_last_empty(&self) -> bool {
        self.scan.empty_pages > 0
    }

    /// Whether the next page is asked for by a count.
    pub(crate) fn counts(&self) -> bool {
        match (self.paginator, &self.scan.next, self.scan.passed.pages.last()) {
            (Some(PaginatorSpec::Link(_)), Some((_, next)), Some(last)) => {
                link_counts(last.request.url(), next.url())
            }
            (paginator, ..) => paginator.is_some_and(may_count),
        }
    }

    /// Goes on at the first page of what is asked for so, instead of at the next page.
    pub(crate) fn leap(&mut self, bindings: &Bindings) -> Result<()> {
        let nothing = Scan::none(&self.source.base_url, paginator(self.paginator, self.rereads));
        let left = std::mem::replace(&mut self.scan, nothing);
        self.begin(bindings, None)?;
        self.scan.answered_at = left.answered_at;
        self.scan.pages_before = left.pages_before + left.pages;
        self.scan.passed.is_kept = true;
        self.left = Some(Box::new(left));
        Ok(())
    }

    /// Goes on where the last leap has begun, or, where none has, where it is, by counting.
    pub(crate) fn leap_back(&mut self) {
        let here = self.scan.pages_before + self.scan.pages;
        if let Some(left) = self.left.take() {
            self.scan = *left;
            self.scan.pages_before = here - self.scan.pages;
        }
        self.forget_passed();
    }

    /// Whether the scan has not come where it is by counting alone.
    pub(crate) fn has_leapt(&self) -> bool {
        self.scan.pages_before > 0
    }

    /// Asks for the pages before the last one again, the last of them first. `without_last`: the last
    /// one counts for nothing.
    pub(crate) fn turn_back(&mut self, without_last: bool) {
        let mut pages = std::mem::take(&mut self.scan.passed.pages);
        if without_last {
            pages.pop();
        }
        let Some(last) = pages.pop() else { return };
        let is_offset = matches!(self.paginator, Some(PaginatorSpec::Offset(_)));
        let mut end = last.position.at.map(|(_, offset)| offset).filter(|_| is_offset);
        let mut back = Vec::new();
        for asked in pages.into_iter().rev() {
            let begin = asked.position.at.map(|(_, offset)| offset);
            let rows = end.zip(begin).map(|(end, begin)| end.saturating_sub(begin));
            // the scan has gone back by itself
            if rows == Some(0) {
                continue;
            }
            end = end.and(begin);
            back.push(Back { asked, rows });
        }
        back.reverse();
        self.scan.passed.back = back;
        self.scan.passed.is_turned = true;
    }

    /// The next page that is asked for again.
    pub(super) async fn fetch_again(&mut self, page: u64, back: Back) -> Result<()> {
        let Back { asked, rows } = back;
        let Asked { position, request } = &asked;
        let answer = self.fetch(page, position, request).await;
        match answer.map_err(|error| error.with_resource(self.spec.name))? {
            Answer::Page(response) => {
                self.count_page(&response);
                let taken = self.take_again(&response);
                let came = taken.map_err(|error| {
                    let error = error.with_resource(self.spec.name).with_request(page, request);
                    self.source.client.clean(error)
                })?;
                self.ask_for_rest(asked, rows, came);
            }
            Answer::Ignored(said) => {
                self.ignore(page, &said);
                self.stop();
            }
            // there are no rows any more
            Answer::Stopped(_) => {}
        }
        Ok(())
    }

    fn take_again(&mut self, response: &Response) -> Result<u64> {
        if matches!(response.status(), 204 | 205) && response.body().is_empty() {
            return Ok(0);
        }
        let PageFacts { rows, items, .. } = self.decoder.page(response.body()).map_err(explain)?;
        self.take_rows(rows);
        Ok(items)
    }

    /// Where fewer rows have come than before, those behind them are asked for, and then they
    /// themselves again.
    fn ask_for_rest(&mut self, asked: Asked, rows: Option<u64>, came: u64) {
        let Some(left) = rows.and_then(|rows| rows.checked_sub(came)) else { return };
        let Some((target, offset)) = asked.position.at.filter(|_| left > 0 && came > 0) else {
            return;
        };
        let position = Position { at: Some((target, offset + came)), ..asked.position.clone() };
        let request = at(&self.scan.request, &position);
        self.scan.passed.back.extend([
            Back { asked, rows: Some(came) },
            Back { asked: Asked { position, request }, rows: Some(left) },
        ]);
    }
}

/// Whether pages may be told by a count.
pub(crate) fn may_count(paginator: PaginatorSpec) -> bool {
    use PaginatorSpec::{Link, Offset, PageNumber};
    matches!(paginator, Link(_) | Offset(_) | PageNumber(_))
}
