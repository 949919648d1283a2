//! [`Scan`]: what is known of one scan, and of no other one of the resource.

use std::fmt;

use jiff::Timestamp;
use url::Url;

use super::super::ahead::Ahead;
use super::again::Passed;
use crate::http::Request;
use crate::paginate::{Paginator, Position, RepeatGuard};
use crate::spec::Method;
use crate::state::PagePosition;

/// One scan of a resource.
pub(super) struct Scan {
    /// What its requests have in common.
    pub(super) request: Request,
    pub(super) paginator: Box<dyn Paginator>,
    pub(super) guard: RepeatGuard,
    /// The page that is asked for next; `None`: it is at its end.
    pub(super) next: Option<(Position, Request)>,
    /// Pages after the next one that were asked for already.
    pub(super) ahead: Ahead,
    /// Received so far.
    pub(super) pages: u64,
    /// Received by the scans that it goes on with.
    pub(super) pages_before: u64,
    /// Pages that may be asked for again.
    pub(super) passed: Passed,
    /// Pages without rows, in a row, up to now.
    pub(super) empty_pages: u64,
    /// Where a later run could go on after the last page, and the digest of the page there if it has
    /// come. None after a page that leads nowhere: its rows count, and nobody knows what follows them.
    pub(super) reached: Option<(PagePosition, Option<u64>)>,
    /// Why the API gave less than it had promised.
    pub(super) incomplete: Option<String>,
    /// An answer that a rule took for the end.
    pub(super) ended_by: Option<String>,
    /// What its only page seems to leave out.
    pub(super) left_out: Option<String>,
    /// When the API gave its first page, by its own clock.
    pub(super) answered_at: Option<Timestamp>,
    /// Where it goes on, until the API has answered.
    pub(super) goes_on: Option<GoesOn>,
    /// It did not begin at its first page.
    pub(super) is_rest: bool,
    /// Why it began at its first page though it was to go on.
    pub(super) began_anew: Option<String>,
}

/// Where a scan goes on that was interrupted.
#[derive(Debug)]
pub(super) struct GoesOn {
    /// For messages.
    pub(super) at: Place,
    /// The digest of the page, if it has come before.
    pub(super) digest: Option<u64>,
}

/// A position as a person calls it.
#[derive(Debug)]
pub(super) struct Place(pub(super) PagePosition);

impl Scan {
    /// One whose first page was not asked for yet.
    pub(super) fn new(request: Request, paginator: Box<dyn Paginator>) -> Self {
        Self {
            request,
            paginator,
            guard: RepeatGuard::default(),
            next: None,
            ahead: Ahead::default(),
            pages: 0,
            pages_before: 0,
            passed: Passed::default(),
            empty_pages: 0,
            reached: None,
            incomplete: None,
            ended_by: None,
            left_out: None,
            answered_at: None,
            goes_on: None,
            is_rest: false,
            began_anew: None,
        }
    }

    /// Notes where a later run could go on after a page with this fingerprint.
    pub(super) fn reach(&mut self, fingerprint: u64) {
        let next = self.next.as_ref();
        // links that lead away are often signed
        let next = next.filter(|(_, request)| request.may_be_signed());
        let position = next
            .and_then(|(position, request)| self.paginator.save(position, request.url().as_str()));
        self.reached = position.map(|position| match position {
            PagePosition::Count(_) | PagePosition::Page { .. } => (position, Some(fingerprint)),
            PagePosition::Cursor(_) | PagePosition::CursorNumber(_) | PagePosition::Link(_) => {
                (position, None)
            }
        });
    }

    /// None, which is at its end.
    pub(super) fn none(base_url: &Url, paginator: Box<dyn Paginator>) -> Self {
        Self::new(Request::new(Method::Get, base_url.clone()), paginator)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            PagePosition::Count(offset) => write!(f, "offset {offset}"),
            PagePosition::Cursor(_) | PagePosition::CursorNumber(_) => f.write_str("the cursor"),
            PagePosition::Link(_) => f.write_str("the link"),
            PagePosition::Page { number, .. } => write!(f, "page number {number}"),
        }
    }
}
