//! `?cursor=..`, with the cursor that the page before gave.

use super::link::seen;
use super::{
    Given, MORE, PageFacts, Paginator, Path, Position, Problem, RepeatGuard, Step, end, has_more,
};
use crate::spec::{CursorSource, CursorSpec};
use crate::state::PagePosition;

/// `paginator = cursor(..)`.
#[derive(Debug)]
pub(super) struct Cursor {
    spec: CursorSpec,
    guard: RepeatGuard,
    /// What the last page said.
    more: Option<bool>,
}

impl Cursor {
    pub(super) fn new(spec: CursorSpec) -> Self {
        Self { spec, guard: RepeatGuard::default(), more: None }
    }

    fn position(&self, cursor: Option<Given>) -> Position {
        Position {
            size: self.spec.limit_target.zip(self.spec.limit),
            cursor: cursor.map(|cursor| (self.spec.target, cursor)),
            ..Position::default()
        }
    }

    /// The cursor that the page gives, if it gives one.
    fn read(&self, facts: &PageFacts) -> Result<Option<Given>, Problem> {
        match self.spec.source {
            CursorSource::Body(path) => {
                let value = facts.values.last().expect("BUG: a value for each path");
                end::position("cursor_path", path, "a cursor", value)
            }
            // only where rows that do not fit are borne with
            CursorSource::Column(name) if facts.last.is_none() && facts.rows > 0 => {
                Err(Problem::new(format!(
                    "no row of the page has a value of `{name}`, after which the next page begins"
                )))
            }
            CursorSource::Column(_) => Ok(facts.last.clone()),
            CursorSource::Header(_) => Ok(end::header(&facts.headers).map(Given::Text)),
        }
    }

    /// Where the cursor should have been.
    fn place(&self) -> String {
        match self.spec.source {
            CursorSource::Body(path) => format!("none at `cursor_path = \"{}\"`", path.text),
            CursorSource::Column(name) => {
                format!("no row whose `{name}` could be the cursor")
            }
            CursorSource::Header(name) => format!("none in the header `{name}`"),
        }
    }
}

impl Paginator for Cursor {
    fn captures(&self) -> Vec<Path> {
        let cursor = match self.spec.source {
            CursorSource::Body(path) => Some(path),
            _ => None,
        };
        self.spec.has_more_path.into_iter().chain(cursor).collect()
    }

    fn header(&self) -> Option<&'static str> {
        match self.spec.source {
            CursorSource::Header(name) => Some(name),
            _ => None,
        }
    }

    fn column(&self) -> Option<&'static str> {
        match self.spec.source {
            CursorSource::Column(name) => Some(name),
            _ => None,
        }
    }

    fn peek(&self, headers: &[String]) -> Option<Position> {
        // whether there is more may be for the body to say
        let CursorSource::Header(_) = self.spec.source else { return None };
        self.spec.has_more_path.is_none().then_some(())?;
        Some(self.position(Some(Given::Text(end::header(headers)?))))
    }

    fn guards_itself(&self) -> bool {
        true
    }

    fn first(&self) -> Position {
        self.position(None)
    }

    fn advance(&mut self, facts: &PageFacts) -> Result<Step, Problem> {
        let more = match self.spec.has_more_path {
            Some(path) => Some(has_more(path, &facts.values[0])?),
            None => None,
        };
        self.more = more;
        if more == Some(false) || (self.spec.stop_after_empty_page && facts.rows == 0) {
            return Ok(Step::End);
        }
        let Some(cursor) = self.read(facts)? else {
            return match more {
                Some(true) => Err(Problem::new(format!(
                    "the API says that there is more, but gives no cursor: there is {}",
                    self.place()
                ))),
                _ => Ok(Step::End),
            };
        };
        if self.guard.repeats(seen(cursor.text())).is_some() {
            return Err(Problem::new(
                "the API gave a cursor that it had given before: the load would never end",
            )
            .help("check where the cursor is sent against the API's documentation; `stop_after_empty_page` if its last page repeats the cursor"));
        }
        Ok(Step::Next(self.position(Some(cursor))))
    }

    fn save(&self, next: &Position, _: &str) -> Option<PagePosition> {
        let (_, cursor) = next.cursor.clone()?;
        Some(match cursor {
            Given::Number(digits) => PagePosition::CursorNumber(digits),
            Given::Text(text) => PagePosition::Cursor(text),
        })
    }

    fn resume(&mut self, from: &PagePosition) -> Option<Position> {
        let cursor = match from {
            PagePosition::Cursor(text) => Given::Text(text.clone()),
            PagePosition::CursorNumber(digits) => Given::Number(digits.clone()),
            _ => return None,
        };
        self.guard.repeats(seen(cursor.text()));
        Some(self.position(Some(cursor)))
    }

    fn shortfall(&self) -> Option<String> {
        (self.more == Some(true)).then(|| MORE.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Scalar;
    use super::super::tests::{COUNT, HAS_MORE, page};
    use super::*;
    use crate::spec::Target;

    const BODY: CursorSpec = CursorSpec::new(CursorSource::Body(COUNT));

    fn text(text: &str) -> Scalar {
        Scalar::Text(text.to_owned())
    }

    fn walk(spec: CursorSpec, pages: &[PageFacts]) -> Vec<Result<Step, Problem>> {
        let mut cursor = Cursor::new(spec);
        pages.iter().map(|facts| cursor.advance(facts)).collect()
    }

    fn at(cursor: &str) -> Result<Step, Problem> {
        Ok(Step::Next(Position {
            cursor: Some((Target::Param("cursor"), Given::Text(cursor.to_owned()))),
            ..Position::default()
        }))
    }

    #[test]
    fn follows_the_cursor_of_the_body_to_its_end() {
        let pages = [page(2, &[text("a")]), page(2, &[Scalar::Count(7)]), page(1, &[Scalar::Null])];
        let number = Some((Target::Param("cursor"), Given::Number("7".to_owned())));
        let seven = Ok(Step::Next(Position { cursor: number, ..Position::default() }));
        assert_eq!(walk(BODY, &pages), [at("a"), seven, Ok(Step::End)]);
        assert_eq!(Cursor::new(BODY).first(), Position::default());
    }

    #[test]
    fn follows_a_header() {
        let spec = CursorSpec::new(CursorSource::Header("x-next"));
        assert_eq!(Cursor::new(spec).header(), Some("x-next"));
        let with = |header: &str| PageFacts { headers: vec![header.to_owned()], ..page(1, &[]) };
        assert_eq!(walk(spec, &[with("a"), with("")]), [at("a"), Ok(Step::End)]);
        assert_eq!(walk(spec, &[page(1, &[])]), [Ok(Step::End)]);
    }

    #[test]
    fn follows_the_last_row() {
        let spec = CursorSpec::new(CursorSource::Column("id"));
        assert_eq!(Cursor::new(spec).column(), Some("id"));
        let with =
            |last: &str| PageFacts { last: Some(Given::Text(last.to_owned())), ..page(2, &[]) };
        // a value of a row is a cursor, whatever it is
        let steps = walk(spec, &[with("0"), with("5"), page(0, &[])]);
        assert_eq!(steps, [at("0"), at("5"), Ok(Step::End)]);
    }

    #[test]
    fn an_empty_page_ends_only_if_declared() {
        assert_eq!(walk(BODY, &[page(0, &[text("a")])]), [at("a")]);
        let spec = CursorSpec { stop_after_empty_page: true, ..BODY };
        assert_eq!(walk(spec, &[page(0, &[text("a")])]), [Ok(Step::End)]);
    }

    #[test]
    fn has_more_decides_and_must_be_a_flag() {
        let spec = CursorSpec { has_more_path: Some(HAS_MORE), ..BODY };
        for (flag, expected) in [
            (Scalar::Bool(true), at("a")),
            (text("true"), at("a")),
            (Scalar::Bool(false), Ok(Step::End)),
            (text("False"), Ok(Step::End)),
        ] {
            assert_eq!(walk(spec, &[page(1, &[flag, text("a")])]), [expected]);
        }
        for flag in [Scalar::Missing, Scalar::Null, Scalar::Count(1)] {
            assert!(walk(spec, &[page(1, &[flag, text("a")])])[0].is_err());
        }
    }

    #[test]
    fn d08_more_without_a_cursor_is_no_first_page_again() {
        let sources = [
            (CursorSource::Body(COUNT), "none at `cursor_path = \"count\"`"),
            (CursorSource::Header("x-next"), "none in the header `x-next`"),
            (CursorSource::Column("id"), "no row whose `id` could be the cursor"),
        ];
        for (source, expected) in sources {
            let spec = CursorSpec { has_more_path: Some(HAS_MORE), ..CursorSpec::new(source) };
            let facts = page(0, &[Scalar::Bool(true), Scalar::Null]);
            let problem = walk(spec, &[facts]).remove(0).expect_err("no cursor");
            assert!(problem.message.contains(expected), "{}", problem.message);
        }
    }

    #[test]
    fn d08_a_cursor_that_comes_again_is_an_error() {
        let steps = walk(BODY, &[page(1, &[text("a")]), page(1, &[text("a")])]);
        assert!(steps[1].as_ref().expect_err("a repeat").message.contains("given before"));
        let circle: Vec<_> = (0..40).map(|n| page(1, &[text(["a", "b", "c"][n % 3])])).collect();
        assert!(walk(BODY, &circle).iter().any(Result::is_err));
    }

    #[test]
    fn places_and_sizes_can_be_chosen() {
        let spec = CursorSpec {
            target: Target::Header("x-cursor"),
            limit: Some(50),
            limit_target: Some(Target::Body(&["page", "size"])),
            ..BODY
        };
        let size = Some((Target::Body(&["page", "size"]), 50));
        assert_eq!(Cursor::new(spec).first(), Position { size, ..Position::default() });
        let cursor = Some((Target::Header("x-cursor"), Given::Text("a".to_owned())));
        assert_eq!(
            walk(spec, &[page(1, &[text("a")])]),
            [Ok(Step::Next(Position { size, cursor, ..Position::default() }))]
        );
    }

    #[test]
    fn a_scan_goes_on_at_the_next_cursor() {
        let spec = CursorSpec {
            limit: Some(50),
            limit_target: Some(Target::Param("limit")),
            ..CursorSpec::new(CursorSource::Body(COUNT))
        };
        for (given, saved) in [
            (text("abc"), PagePosition::Cursor("abc".into())),
            (text("7"), PagePosition::Cursor("7".into())),
            (Scalar::Count(7), PagePosition::CursorNumber("7".into())),
        ] {
            let mut cursor = Cursor::new(spec);
            let Ok(Step::Next(next)) = cursor.advance(&page(2, std::slice::from_ref(&given)))
            else {
                panic!("{given:?}")
            };
            assert_eq!(cursor.save(&next, "https://x.test/").as_ref(), Some(&saved));
            let mut later = Cursor::new(spec);
            assert_eq!(later.resume(&saved), Some(next), "{given:?}");
            // the page at which it goes on leads to itself
            let problem = later.advance(&page(2, &[given])).expect_err("a circle");
            assert!(problem.message.contains("had given before"), "{}", problem.message);
        }
        for other in [
            PagePosition::Count(7),
            PagePosition::Page { number: 7, before: 0 },
            PagePosition::Link("https://x.test/?cursor=abc".into()),
        ] {
            assert_eq!(Cursor::new(spec).resume(&other), None, "{other:?}");
        }
    }
}
