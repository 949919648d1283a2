//! How further pages are asked for: pure state machines, one file per kind.
//!
//! A paginator sees the facts of a page (how many rows, the values it asked for) and says what
//! comes next. It never sees a response and does no I/O. A function of the user's takes the place of
//! a paginator (`paging`).

mod cursor;
mod end;
mod extent;
mod link;
mod offset;
mod page_number;
mod repeat;
mod rfc8288;
mod shrink;
mod single_page;

use std::fmt;

use crate::decode::{Given, PageFacts, Scalar};
use crate::spec::{PaginatorSpec, Path, Segment, Target};
use crate::state::PagePosition;

pub(crate) use link::counts as link_counts;
pub(crate) use repeat::RepeatGuard;
pub(crate) use rfc8288::target as link_target;

/// What asks for one page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Position {
    /// A count that moves from page to page, and where it goes.
    pub(crate) at: Option<(Target, u64)>,
    /// The page size.
    pub(crate) size: Option<(Target, u64)>,
    /// What the page before gave to ask for this one.
    pub(crate) cursor: Option<(Target, Given)>,
    /// The URL of the page, absolute or relative, in the place of path and parameters.
    pub(crate) link: Option<String>,
}

/// What follows a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Everything has come.
    End,
    /// The API has no more to give, but had promised more.
    Incomplete(String),
    /// Another page.
    Next(Position),
    /// Another page that lies before the end of the last one: rows may come again.
    Again(Position),
}

/// Why there is no telling what follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl Problem {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// One kind of paginator.
pub(crate) trait Paginator: fmt::Debug + Send {
    /// The places in the body whose values [`Self::advance`] wants, in this order.
    fn captures(&self) -> Vec<Path>;

    /// The response header whose values [`PageFacts::headers`] must have.
    fn header(&self) -> Option<&'static str> {
        None
    }

    /// The column whose value in the last row [`PageFacts::last`] must have.
    fn column(&self) -> Option<&'static str> {
        None
    }

    /// The first page.
    fn first(&self) -> Position;

    /// What follows a page.
    fn advance(&mut self, facts: &PageFacts) -> Result<Step, Problem>;

    /// The page that comes `after` so many pages after the next one, from 1 on, if the rest is as
    /// what has come: a guess, by which pages are asked for ahead. `None`: there will hardly be one.
    fn guess(&self, after: u64) -> Option<Position> {
        let _ = after;
        None
    }

    /// The page that follows the one with these values of [`Self::header`], before its body was
    /// read: a guess, too.
    fn peek(&self, headers: &[String]) -> Option<Position> {
        let _ = headers;
        None
    }

    /// The page that a later run asks for first, where one follows the last page: at `next`, which is
    /// asked for at `url`. `None`: what follows cannot be told apart from that.
    ///
    /// Where positions count, it is the last page itself: whether it has the same rows tells whether
    /// the position is still what it was.
    fn save(&self, next: &Position, url: &str) -> Option<PagePosition> {
        let _ = (next, url);
        None
    }

    /// Goes on at a page that [`Self::save`] has said, before any page was asked for. `None`: it is no
    /// position of this paginator.
    fn resume(&mut self, from: &PagePosition) -> Option<Position> {
        let _ = from;
        None
    }

    /// Why the scan cannot be at its end yet, by what the API said last; asked where a scan ends
    /// without a page that says so.
    fn shortfall(&self) -> Option<String> {
        None
    }

    /// Whether it notices by itself that the API goes in circles.
    fn guards_itself(&self) -> bool {
        false
    }

    /// That rows may have been passed over, as the source has changed while it was read.
    fn doubt(&self) -> Option<String> {
        None
    }

    /// How many rows the API says there are.
    fn total_rows(&self) -> Option<u64> {
        None
    }
}

/// The paginator of a resource, before its first page. `rereads`: rows that come twice do no harm,
/// as they have a key by which the second one takes the place of the first.
pub(crate) fn paginator(spec: Option<PaginatorSpec>, rereads: bool) -> Box<dyn Paginator> {
    match spec {
        // a function of the user's is asked in its place
        None | Some(PaginatorSpec::SinglePage | PaginatorSpec::With(_)) => {
            Box::new(single_page::SinglePage)
        }
        Some(PaginatorSpec::Cursor(spec)) => Box::new(cursor::Cursor::new(spec)),
        Some(PaginatorSpec::Link(spec)) => Box::new(link::Link::new(spec)),
        Some(PaginatorSpec::Offset(spec)) => Box::new(offset::Offset::new(spec, rereads)),
        Some(PaginatorSpec::PageNumber(spec)) => Box::new(page_number::PageNumber::new(spec)),
    }
}

/// Where a total is looked for when nothing else is said.
const TOTAL: Path = Path { text: "total", segments: &[Segment::Key("total")] };

/// Where a scan ends without a page that says so.
const MORE: &str = "the API said that there is more, but gave none";

/// The value at `has_more_path`.
fn has_more(path: Path, value: &Scalar) -> Result<bool, Problem> {
    value.flag().ok_or_else(|| {
        Problem::new(format!(
            "expected `true` or `false` at `has_more_path = \"{}\"`, found {}",
            path.text,
            value.describe()
        ))
    })
}

/// The value at a declared `total_path`.
fn total(path: Path, value: &Scalar) -> Result<u64, Problem> {
    value.count().ok_or_else(|| {
        Problem::new(format!(
            "expected a whole number at `total_path = \"{}\"`, found {}",
            path.text,
            value.describe()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const HAS_MORE: Path = Path { text: "more", segments: &[Segment::Key("more")] };
    pub(super) const COUNT: Path = Path { text: "count", segments: &[Segment::Key("count")] };

    /// A page of so many rows that says these things.
    pub(super) fn page(rows: u64, values: &[Scalar]) -> PageFacts {
        PageFacts { rows, items: rows, values: values.to_vec(), ..PageFacts::default() }
    }

    #[test]
    fn one_page_is_all() {
        let mut paginator = paginator(None, false);
        assert_eq!(paginator.first(), Position::default());
        assert_eq!(paginator.advance(&page(5, &[])), Ok(Step::End));
    }
}
