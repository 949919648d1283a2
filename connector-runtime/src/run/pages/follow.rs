//! What an answer means, and what comes after it.

use tracing::debug;
use url::Url;

use super::super::request::{ask, at};
use super::{PAGE, Pages};
use crate::decode::PageFacts;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Request, Response};
use crate::paginate::{Position, RepeatGuard, Step};
use crate::paging::Page;

/// Pages without rows, one after the other, that are borne with.
const MAX_EMPTY_PAGES: u64 = 1_000;
/// Pages that come again in a scan that bears with rows that move.
const MAX_MOVED_PAGES: u64 = 20;

impl Pages {
    /// An ignored answer is an empty page. Where there were others before, nobody knows what
    /// would have come.
    pub(super) fn ignore(&mut self, page: u64, said: &str) {
        match page {
            // a table is not replaced by what is not known
            1 if self.replaces => self.scan.incomplete = Some(format!("{said}: ignored")),
            1 => {
                self.scan.ended_by =
                    Some(format!("{said}: ignored, the resource is taken as empty"))
            }
            _ => {
                self.scan.incomplete = Some(format!(
                    "page {page}: {said}: ignored, what would have come after it is missing"
                ));
            }
        }
    }

    /// The end of the scan as declared, unless the API had promised more.
    pub(super) fn end_by_rule(&mut self, page: u64, said: &str) {
        match self.scan.paginator.shortfall() {
            Some(reason) => {
                self.scan.incomplete = Some(format!("{reason}: at page {page} {said}"));
            }
            None if page == 1 => self.ignore(page, said),
            None => {
                debug!(target: PAGE, resource = self.spec.name, page, "{said}: the end of the resource")
            }
        }
    }

    /// What comes after a page.
    pub(super) fn follow_up(
        &mut self,
        request: &Request,
        response: &Response,
        mut facts: PageFacts,
    ) -> Result<()> {
        if let Some(header) = self.scan.paginator.header() {
            facts.headers = response.header_values(header);
        }
        let (step, edited) = match self.function {
            Some(function) => {
                let (number, rows) = (self.scan.pages, facts.rows);
                let page = Page { request, response, rows, number };
                let (step, edited) = ask(function, Some(&page), &self.scan.request)?;
                (step, Some(edited))
            }
            None => (self.advance_paginator(&facts)?, None),
        };
        match step {
            // what comes again is no circle
            Step::Again(_) => self.scan.guard = RepeatGuard::default(),
            _ => self.refuse_repeats(&facts)?,
        }
        self.refuse_emptiness(&facts, &step)?;
        let came_from = response.url().unwrap_or(request.url());
        self.take_step(step, edited.as_ref(), came_from)
    }

    fn advance_paginator(&mut self, facts: &PageFacts) -> Result<Step> {
        let before = self.scan.paginator.total_rows();
        let step = self.scan.paginator.advance(facts);
        // the source has changed: the pages ahead may be those of before
        if before.is_some() && before != self.scan.paginator.total_rows() {
            self.scan.ahead.clear();
        }
        step.map_err(|problem| {
            Error::new(ErrorKind::Paging, problem.message).with_any_help(problem.help)
        })
    }

    /// `edited`: the request as a function of the user's has left it.
    pub(super) fn take_step(
        &mut self,
        step: Step,
        edited: Option<&Request>,
        came_from: &Url,
    ) -> Result<()> {
        match step {
            Step::Next(position) | Step::Again(position) => {
                let base = edited.unwrap_or(&self.scan.request);
                let next = self.request_at(base, &position, came_from)?;
                self.scan.next = Some((position, next));
            }
            Step::Incomplete(reason) => self.scan.incomplete = Some(reason),
            Step::End => {}
        }
        Ok(())
    }

    /// The request for the page at `position`, to which the answer from `came_from` has led.
    pub(super) fn request_at(
        &self,
        base: &Request,
        position: &Position,
        came_from: &Url,
    ) -> Result<Request> {
        match &position.link {
            Some(link) => Ok(at(&self.source.follow(base, came_from, link)?, position)),
            None => Ok(at(base, position)),
        }
    }

    /// Pages that come round again would never end, or double every row.
    fn refuse_repeats(&mut self, facts: &PageFacts) -> Result<()> {
        // rows without a key may be alike; a total ends such a scan
        let ends =
            self.scan.paginator.total_rows().is_some() || self.scan.paginator.guards_itself();
        if facts.rows == 0 || (!self.keyed && ends) {
            return Ok(());
        }
        let Some(first) = self.scan.guard.repeats(facts.fingerprint) else { return Ok(()) };
        // rows of one cursor value may have moved to the next page
        self.scan.passed.repeats += u64::from(self.scan.passed.is_kept);
        if self.scan.passed.is_kept && self.scan.passed.repeats <= MAX_MOVED_PAGES {
            return Ok(());
        }
        let what = if self.keyed { "the keys" } else { "the rows" };
        let error = format!(
            "{what} of this page are those of page {first}: the API does not page as declared"
        );
        Err(Error::new(ErrorKind::Paging, error).with_help(
            "check the paginator's parameter names and its first position against the API's documentation",
        ))
    }

    /// An API that leads on and on without a row would be asked for ever.
    fn refuse_emptiness(&mut self, facts: &PageFacts, step: &Step) -> Result<()> {
        self.scan.empty_pages = if facts.rows == 0 { self.scan.empty_pages + 1 } else { 0 };
        if self.scan.empty_pages < MAX_EMPTY_PAGES
            || !matches!(step, Step::Next(_) | Step::Again(_))
        {
            return Ok(());
        }
        let error = format!("{MAX_EMPTY_PAGES} pages in a row had no rows, and the API leads on");
        Err(Error::new(ErrorKind::Paging, error)
            .with_help("if a page without rows is the last one: `stop_after_empty_page`"))
    }
}
