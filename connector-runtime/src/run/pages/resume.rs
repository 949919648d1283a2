//! Scans that go on: where a later run could, and what becomes of one whose place is gone.

use super::super::request;
use super::Pages;
use super::scan::{GoesOn, Place, Scan};
use crate::client::Answer;
use crate::error::{Error, Result};
use crate::paginate::{Position, paginator};
use crate::state::{self, PagePosition};

impl Pages {
    /// The page that a later run could ask for first, after the last page that was taken, and the
    /// digest of that page where it has come before: after an error, too. Before a page was taken, that
    /// at which the scan goes on. `None`: at the end, and where no such page can be told, as its position
    /// holds a secret, is known to a function of the user's only, or is what is wrong.
    pub(crate) fn position(&self) -> Option<(PagePosition, Option<u64>)> {
        let reached = self.scan.reached.as_ref()?;
        let is_clean = match &reached.0 {
            PagePosition::Count(_) | PagePosition::Page { .. } => true,
            PagePosition::Cursor(text)
            | PagePosition::CursorNumber(text)
            | PagePosition::Link(text) => self.source.client.clean_text(text) == *text,
        };
        is_clean.then(|| reached.clone())
    }

    /// What the requests of the scan have in common as a number, which is the same in every release
    /// and on every machine: method, URL, headers and body without credentials, and the page size.
    pub(crate) fn request_digest(&self) -> u64 {
        let size = self.scan.paginator.first().size;
        request::digest(&request::at(&self.scan.request, &Position { size, ..Position::default() }))
    }

    /// Why the scan began at its first page, though it was to go on: a warning.
    pub(crate) fn began_anew(&self) -> Option<&str> {
        self.scan.began_anew.as_deref()
    }

    /// Asks for the page at which an interrupted scan goes on.
    pub(super) fn go_on(&mut self, from: &state::Scan) -> Result<()> {
        let at = Place(from.position.clone());
        let Some(position) = self.scan.paginator.resume(&from.position) else {
            return self.begin_anew(&at, "the resource is paged in another way now");
        };
        let base = &self.scan.request;
        match self.request_at(base, &position, base.url()) {
            Ok(request) => {
                self.scan.next = Some((position, request));
                self.scan.reached = Some((from.position.clone(), from.digest));
                self.scan.goes_on = Some(GoesOn { at, digest: from.digest });
                self.scan.is_rest = true;
                Ok(())
            }
            Err(error) => self.begin_anew(&at, error.message()),
        }
    }

    /// Why the API does not go on, by its first answer to a scan that is to.
    pub(super) fn refusal(&self, answer: &Result<Answer>) -> Option<String> {
        match answer {
            Ok(Answer::Page(_)) => None,
            // a rule speaks of the resource, not of a position in it that is gone
            Ok(Answer::Ignored(said) | Answer::Stopped(said)) => Some(said.clone()),
            Err(error) => {
                let refused = is_refusal(error) && !self.source.is_halted(self.spec.name);
                refused.then(|| error.message().to_owned())
            }
        }
    }

    /// Begins the scan at its first page.
    pub(super) fn begin_anew(&mut self, at: &Place, reason: &str) -> Result<()> {
        let request = self.scan.request.clone();
        let reason = format!(
            "the scan could not go on at {at}, where the last load had stopped, and began anew: {reason}"
        );
        self.scan = Scan {
            answered_at: self.scan.answered_at,
            began_anew: Some(self.source.client.clean_text(&reason)),
            ..Scan::new(request, paginator(self.paginator, self.rereads))
        };
        self.ask_for_first()
    }
}

/// Whether the API has refused this very request, and neither the credentials nor so many.
fn is_refusal(error: &Error) -> bool {
    error.status().is_some_and(|status| {
        (400..500).contains(&status) && !matches!(status, 401 | 403 | 408 | 429)
    })
}
