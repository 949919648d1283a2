//! The URL of the next page, from the body or the `Link` header.

use std::hash::{DefaultHasher, Hash, Hasher};

use url::Url;

use super::{PageFacts, Paginator, Path, Position, Problem, RepeatGuard, Step, end, rfc8288};
use crate::spec::{LinkSource, LinkSpec, Target};
use crate::state::PagePosition;

/// `paginator = header_link(..)` or `json_link(..)`.
#[derive(Debug)]
pub(super) struct Link {
    spec: LinkSpec,
    guard: RepeatGuard,
}

impl Link {
    pub(super) fn new(spec: LinkSpec) -> Self {
        Self { spec, guard: RepeatGuard::default() }
    }

    fn read(&self, facts: &PageFacts) -> Result<Option<String>, Problem> {
        match self.spec.source {
            LinkSource::Body(path) => {
                let value = facts.values.first().expect("BUG: a value for each path");
                match value.count().filter(|count| *count > 0) {
                    Some(_) => Err(Problem::new(format!(
                        "expected a URL at `next_url_path = \"{}\"`, found {}",
                        path.text,
                        value.describe()
                    ))
                    .help("`cursor(cursor_path = ..)` sends such a value as a parameter")),
                    None => {
                        let url = end::position("next_url_path", path, "a URL", value)?;
                        Ok(url.map(|url| url.text().to_owned()))
                    }
                }
            }
            LinkSource::Header(rel) => rfc8288::target(&facts.headers, rel).map_err(|problem| {
                Problem::new(format!("the `Link` header cannot be read: {problem}"))
            }),
        }
    }
}

impl Paginator for Link {
    fn captures(&self) -> Vec<Path> {
        match self.spec.source {
            LinkSource::Body(path) => vec![path],
            LinkSource::Header(_) => Vec::new(),
        }
    }

    fn header(&self) -> Option<&'static str> {
        match self.spec.source {
            LinkSource::Body(_) => None,
            LinkSource::Header(_) => Some("link"),
        }
    }

    fn peek(&self, headers: &[String]) -> Option<Position> {
        let LinkSource::Header(rel) = self.spec.source else { return None };
        let url = rfc8288::target(headers, rel).ok().flatten()?;
        Some(Position { link: Some(url), ..Position::default() })
    }

    fn guards_itself(&self) -> bool {
        true
    }

    fn first(&self) -> Position {
        let size = self.spec.page_size_param.map(Target::Param).zip(self.spec.page_size);
        Position { size, ..Position::default() }
    }

    fn advance(&mut self, facts: &PageFacts) -> Result<Step, Problem> {
        let Some(url) = self.read(facts)? else { return Ok(Step::End) };
        if self.guard.repeats(seen(&url)).is_some() {
            return Err(Problem::new(
                "the API gave a next link that it had given before: the load would never end",
            ));
        }
        Ok(Step::Next(Position { link: Some(url), ..Position::default() }))
    }

    fn save(&self, next: &Position, url: &str) -> Option<PagePosition> {
        // the link itself may be relative to the page that gave it
        next.link.as_ref().map(|_| PagePosition::Link(url.to_owned()))
    }

    fn resume(&mut self, from: &PagePosition) -> Option<Position> {
        let PagePosition::Link(url) = from else { return None };
        self.guard.repeats(seen(url));
        Some(Position { link: Some(url.clone()), ..Position::default() })
    }
}

/// Whether a link to the next page counts: in the query nothing is another one but whole numbers, as
/// `page=2`.
pub(crate) fn counts(from: &Url, to: &Url) -> bool {
    let mut before: Vec<_> = from.query_pairs().collect();
    let mut after: Vec<_> = to.query_pairs().collect();
    after.retain(|pair| match before.iter().position(|other| other == pair) {
        Some(same) => {
            before.swap_remove(same);
            false
        }
        None => true,
    });
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty();
    let is_new = |(name, _): &(_, _)| after.iter().any(|(other, _)| other == name);
    !after.is_empty()
        && before.iter().all(is_new)
        && before.iter().chain(&after).all(|(_, value)| is_number(value))
}

/// A position as bits, for the guard.
pub(super) fn seen(position: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    position.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::super::Scalar;
    use super::super::tests::{COUNT, page};
    use super::*;

    const BODY: LinkSpec = LinkSpec::new(LinkSource::Body(COUNT));
    const HEADER: LinkSpec = LinkSpec::new(LinkSource::Header("next"));

    fn walk(spec: LinkSpec, pages: &[PageFacts]) -> Vec<Result<Step, Problem>> {
        let mut link = Link::new(spec);
        pages.iter().map(|facts| link.advance(facts)).collect()
    }

    fn to(url: &str) -> Result<Step, Problem> {
        Ok(Step::Next(Position { link: Some(url.to_owned()), ..Position::default() }))
    }

    fn body(text: &str) -> PageFacts {
        page(1, &[Scalar::Text(text.to_owned())])
    }

    fn header(text: &str) -> PageFacts {
        PageFacts { headers: vec![text.to_owned()], ..page(1, &[]) }
    }

    #[test]
    fn follows_the_body() {
        let steps = walk(BODY, &[body("/a?x=1"), body("https://api.example.com/b"), body("")]);
        assert_eq!(steps, [to("/a?x=1"), to("https://api.example.com/b"), Ok(Step::End)]);
        for end in [Scalar::Missing, Scalar::Null, Scalar::Bool(false), Scalar::Count(0)] {
            assert_eq!(walk(BODY, &[page(1, &[end])]), [Ok(Step::End)]);
        }
        // an empty page may have a next one
        assert_eq!(walk(BODY, &[PageFacts { rows: 0, ..body("/a") }]), [to("/a")]);
    }

    #[test]
    fn a_number_is_no_url() {
        for value in [Scalar::Count(3), Scalar::Text("3".into()), Scalar::Bool(true)] {
            let problem = walk(BODY, &[page(1, &[value])]).remove(0).expect_err("no URL");
            assert!(problem.message.contains("expected a URL"), "{}", problem.message);
        }
    }

    #[test]
    fn follows_the_header() {
        assert_eq!(Link::new(HEADER).header(), Some("link"));
        let steps = walk(HEADER, &[header("</a>; rel=next"), header("</a>; rel=prev")]);
        assert_eq!(steps, [to("/a"), Ok(Step::End)]);
        assert_eq!(walk(HEADER, &[page(1, &[])]), [Ok(Step::End)]);
        assert!(walk(HEADER, &[header("next: /a")])[0].is_err());
    }

    #[test]
    fn d08_a_link_that_comes_again_is_an_error() {
        let steps = walk(BODY, &[body("/a"), body("/a")]);
        assert!(steps[1].as_ref().expect_err("a repeat").message.contains("given before"));
    }

    #[test]
    fn a_link_counts_by_whole_numbers() {
        const FIRST: &str = "https://a.example/x?since=2024-01-01T00:00:00Z&n=100";
        let is = |from: &str, to: &str| {
            let url = |text: &str| text.parse().expect("a URL");
            counts(&url(from), &url(to))
        };
        for (from, to, expected) in [
            (FIRST, "https://a.example/y/7?n=100&since=2024-01-01T00%3A00%3A00Z&page=2", true),
            (FIRST, "https://a.example/x?since=2024-01-01T00:00:00Z&n=100&offset=100", true),
            // the size is said only now
            ("https://a.example/x", "https://a.example/x?limit=20&offset=20", true),
            ("https://a.example/x?page=2", "https://a.example/x?page=3", true),
            (FIRST, "https://a.example/x?since=2024-01-01T00:00:00Z&n=100&after=Y3Vyc29y", false),
            // by the cursor
            (FIRST, "https://a.example/x?since=2024-02-01T00:00:00Z&n=100", false),
            (FIRST, "https://a.example/x?since=2024-02-01T00:00:00Z&n=100&page=1", false),
            // what was asked for is in the token
            (FIRST, "https://a.example/x?page=2", false),
            ("https://a.example/x?page=2", "https://a.example/x?page=", false),
            (FIRST, FIRST, false),
        ] {
            assert_eq!(is(from, to), expected, "{from} {to}");
        }
    }

    #[test]
    fn only_the_first_request_has_a_size_of_ours() {
        let spec = LinkSpec { page_size: Some(50), page_size_param: Some("n"), ..BODY };
        assert_eq!(Link::new(spec).first().size, Some((Target::Param("n"), 50)));
        assert_eq!(walk(spec, &[body("/a?n=50")]), [to("/a?n=50")]);
    }

    #[test]
    fn a_scan_goes_on_at_the_next_url() {
        let mut link = Link::new(BODY);
        let Ok(Step::Next(next)) = link.advance(&body("?page=2")) else { panic!("a link") };
        let saved = link.save(&next, "https://api.example.com/a?page=2");
        let position = PagePosition::Link("https://api.example.com/a?page=2".into());
        assert_eq!(saved.as_ref(), Some(&position));
        let mut later = Link::new(BODY);
        let resumed = later.resume(&position).expect("a position");
        assert_eq!(Ok(Step::Next(resumed)), to("https://api.example.com/a?page=2"));
        // the page at which it goes on leads to itself
        assert!(later.advance(&body("https://api.example.com/a?page=2")).is_err());
        for other in [
            PagePosition::Count(2),
            PagePosition::Page { number: 2, before: 0 },
            PagePosition::Cursor("https://api.example.com/a?page=2".into()),
        ] {
            assert_eq!(Link::new(BODY).resume(&other), None, "{other:?}");
        }
    }
}
