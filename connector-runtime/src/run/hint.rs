//! What there is to say of the paging of a first page: hints for a person, which change nothing.
//!
//! They name keys and headers, never values: a link may hold a key.

use std::fmt;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::http::Response;
use crate::paginate::link_target;
use crate::spec::{CursorSource, CursorSpec, LinkSource, LinkSpec, PaginatorSpec, Path, Segment};

/// Keys that say what follows, in lower case and without `_`, `-`, `@` and `.`.
const NEXT: [&str; 12] = [
    "next",
    "nexturl",
    "nextlink",
    "nextpage",
    "nextpageurl",
    "nextcursor",
    "nextpagetoken",
    "nexttoken",
    "odatanextlink",
    "endcursor",
    "nextpageuri",
    "nexturi",
];
/// Keys that count rows.
const TOTAL: [&str; 6] =
    ["total", "totalcount", "totalresults", "totalrows", "totalitems", "totalrecords"];

/// Keys that say whether anything follows.
const MORE: [&str; 4] = ["hasmore", "hasnext", "hasnextpage", "hasmoreitems"];

/// Rows of a page that may have been cut off: a lone one may be the body itself.
pub(super) const FEWEST: u64 = 2;

/// What a scan that ended with its first page, of so many rows, seems to have left out. Nothing where one page
/// was asked for on purpose.
pub(super) fn left_out(
    declared: Option<PaginatorSpec>,
    response: &Response,
    rows: u64,
) -> Option<String> {
    let looks = match declared {
        None => true,
        Some(PaginatorSpec::Link(LinkSpec { source, .. })) => match source {
            LinkSource::Body(path) => !leads_into_list(path),
            LinkSource::Header(_) => true,
        },
        Some(PaginatorSpec::Cursor(CursorSpec { source, .. })) => match source {
            CursorSource::Body(path) => !leads_into_list(path),
            CursorSource::Header(_) => true,
            CursorSource::Column(_) => false,
        },
        Some(_) => false,
    };
    if rows < FEWEST || !looks {
        return None;
    }
    let body = serde_json::from_slice::<Outline>(response.body());
    let body = body.map_or(Value::Null, |Outline(body)| body);
    let hint = fitting(declared, response, &body, rows).pop()?;
    Some(format!(
        "rows may be missing: {hint} Once that is mended, `--full-refresh` reads what was left out"
    ))
}

/// Whether another paginator than the declared one fits a first page of so many rows.
pub(super) fn hints(
    declared: Option<PaginatorSpec>,
    response: &Response,
    rows: u64,
) -> Vec<String> {
    let body = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
    fitting(declared, response, &body, rows)
}

fn fitting(
    declared: Option<PaginatorSpec>,
    response: &Response,
    body: &Value,
    rows: u64,
) -> Vec<String> {
    let links = response.header_values("link");
    let linked = |rel: &str| matches!(link_target(&links, rel), Ok(Some(_)));
    let in_header = linked("next")
        .then(|| ("a `Link` header with `rel=\"next\"`".to_owned(), "header_link".to_owned()));
    let fits = || in_header.clone().or_else(|| next_in(body));
    let (what, found) = match declared {
        None | Some(PaginatorSpec::SinglePage) => ("one request is all that is declared", fits()),
        Some(PaginatorSpec::Link(LinkSpec { source: LinkSource::Header(rel), .. }))
            if !linked(rel) && in_header.is_some() =>
        {
            let text = "no link of the `Link` header has the declared `rel`, but one has `next`: leave `rel` out?";
            return vec![text.to_owned()];
        }
        Some(PaginatorSpec::Link(LinkSpec { source: LinkSource::Header(rel), .. }))
            if !linked(rel) =>
        {
            ("the `Link` header names no next page", fits())
        }
        Some(PaginatorSpec::Link(LinkSpec { source: LinkSource::Body(path), .. }))
        | Some(PaginatorSpec::Cursor(CursorSpec { source: CursorSource::Body(path), .. }))
            if at(body, path).is_none() =>
        {
            ("there is nothing where the paginator looks", fits())
        }
        Some(PaginatorSpec::Cursor(CursorSpec { source: CursorSource::Header(name), .. }))
            if response.header(name).is_none() =>
        {
            ("the header that the paginator reads is not there", fits())
        }
        _ => return Vec::new(),
    };
    if let Some((has, paginator)) = found {
        return vec![format!("{what}, but the answer has {has}: `paginator = {paginator}`?")];
    }
    let is_single = matches!(declared, None | Some(PaginatorSpec::SinglePage));
    match total_in(body).filter(|(total, _)| is_single && rows > 0 && *total > rows) {
        Some((total, path)) => vec![format!(
            "{what}, but the body says at `{path}` that there are {total}, and {rows} came: is there an offset, a page number or a cursor?"
        )],
        None => Vec::new(),
    }
}

/// What the body says of a next page, and the paginator for it.
fn next_in(body: &Value) -> Option<(String, String)> {
    let members = members(body);
    // the cursor of the last row is there whether anything follows it or not
    let is_last = |(_, key, value): &(String, &str, &Value)| {
        **value == Value::Bool(false) && MORE.contains(&plain(key).as_str())
    };
    if members.iter().any(is_last) {
        return None;
    }
    let (path, value) = members.into_iter().find_map(|(path, key, value)| {
        let is_next = NEXT.contains(&plain(key).as_str());
        (is_next && says_more(value)).then_some((path, value))
    })?;
    let is_url = |text: &str| text.contains("://") || text.starts_with(['/', '?']);
    let paginator = match value {
        Value::String(text) if is_url(text) => format!("json_link(next_url_path = \"{path}\")"),
        Value::Number(_) if plain(&path).ends_with("page") => {
            "page_number(base_page = 1)".to_owned()
        }
        _ => format!("cursor(cursor_path = \"{path}\", cursor_param = \"..\")"),
    };
    Some((format!("a value at `{path}`"), paginator))
}

fn total_in(body: &Value) -> Option<(u64, String)> {
    members(body).into_iter().find_map(|(path, key, value)| {
        let total = value.as_u64().filter(|_| TOTAL.contains(&plain(key).as_str()))?;
        Some((total, path))
    })
}

/// The members of the body and of the objects in it, as selectors write them.
fn members(body: &Value) -> Vec<(String, &str, &Value)> {
    let Value::Object(body) = body else { return Vec::new() };
    let mut found: Vec<_> =
        body.iter().map(|(key, value)| (step(key), key.as_str(), value)).collect();
    for (outer, value) in body {
        let Value::Object(inner) = value else { continue };
        found.extend(inner.iter().map(|(key, value)| {
            let (outer, key_) = (step(outer), step(key));
            let dot = if key_.starts_with('[') { "" } else { "." };
            (format!("{outer}{dot}{key_}"), key.as_str(), value)
        }));
    }
    found
}

/// A key as a selector writes it.
fn step(key: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    match !key.is_empty() && key.chars().all(is_plain) {
        true => key.to_owned(),
        false => format!("['{}']", key.replace('\\', "\\\\").replace('\'', "\\'")),
    }
}

fn plain(key: &str) -> String {
    key.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// As the table of end markers has it.
fn says_more(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.is_empty(),
        Value::Number(number) => number.as_u64() != Some(0),
        _ => false,
    }
}

fn at(body: &Value, path: Path) -> Option<&Value> {
    path.segments.iter().try_fold(body, |value, segment| match *segment {
        Segment::Key(key) => value.get(key),
        Segment::Index(index) => value.get(index),
        Segment::Each => None,
    })
}

fn leads_into_list(path: Path) -> bool {
    path.segments.iter().any(|segment| !matches!(segment, Segment::Key(_)))
}

/// A body without what is in its lists: they are nearly all of it, and nothing is looked for there.
struct Outline(Value);

impl<'de> Deserialize<'de> for Outline {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self(Value::Null))
    }
}

impl<'de> Visitor<'de> for Outline {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self, E> {
        Ok(Self(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self, E> {
        Ok(Self(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self, E> {
        Ok(Self(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self, E> {
        Ok(Self(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self, E> {
        Ok(Self(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        let mut object = Map::new();
        while let Some((key, Self(value))) = members.next_entry()? {
            object.insert(key, value);
        }
        Ok(Self(Value::Object(object)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ELSEWHERE: Path =
        Path { text: "links.next", segments: &[Segment::Key("links"), Segment::Key("next")] };

    fn hint(declared: Option<PaginatorSpec>, body: &str, link: Option<&str>) -> Option<String> {
        let response = Response::new(200, body.to_owned());
        let response = match link {
            Some(link) => response.with_header("link", link),
            None => response,
        };
        let mut hints = hints(declared, &response, 2);
        assert!(hints.len() <= 1, "{hints:?}");
        hints.pop()
    }

    #[test]
    fn what_would_fit_where_one_page_is_declared() {
        for (body, link, expected) in [
            ("[]", Some("</x>; rel=next"), Some("`paginator = header_link`")),
            ("[]", Some("</x>; rel=prev"), None),
            (r#"{"next":"https://x.test/a"}"#, None, Some("json_link(next_url_path = \"next\")")),
            (
                r#"{"links":{"next":"/a?page=2"}}"#,
                None,
                Some("json_link(next_url_path = \"links.next\")"),
            ),
            (
                r#"{"@odata.nextLink":"https://x.test/a"}"#,
                None,
                Some("json_link(next_url_path = \"['@odata.nextLink']\")"),
            ),
            (
                r#"{"meta":{"next_cursor":"abc"}}"#,
                None,
                Some("cursor(cursor_path = \"meta.next_cursor\""),
            ),
            (r#"{"nextPageToken":"abc"}"#, None, Some("cursor(cursor_path = \"nextPageToken\"")),
            (r#"{"next_page":2}"#, None, Some("page_number(base_page = 1)")),
            (
                r#"{"meta":{"total_count":300}}"#,
                None,
                Some("at `meta.total_count` that there are 300, and 2 came"),
            ),
            (r#"{"total":2}"#, None, None),
            (r#"{"page_info":{"end_cursor":"abc","has_next_page":false}}"#, None, None),
            (
                r#"{"page_info":{"end_cursor":"abc","has_next_page":true}}"#,
                None,
                Some("cursor(cursor_path = \"page_info.end_cursor\""),
            ),
            (r#"{"next":null,"next_cursor":"","nextPage":0,"next_url":false}"#, None, None),
            (r#"{"data":[{"next":"https://x.test/a"}]}"#, None, None),
            ("no json", None, None),
        ] {
            for declared in [None, Some(PaginatorSpec::SinglePage)] {
                match (hint(declared, body, link), expected) {
                    (None, None) => {}
                    (Some(hint), Some(expected)) => assert!(hint.contains(expected), "{hint}"),
                    (hint, _) => panic!("{body}: {hint:?}"),
                }
            }
        }
    }

    #[test]
    fn what_would_fit_where_another_place_is_declared() {
        let by_url = Some(PaginatorSpec::Link(LinkSpec::new(LinkSource::Body(ELSEWHERE))));
        let by_link = Some(PaginatorSpec::Link(LinkSpec::new(LinkSource::Header("next"))));
        let by_cursor = Some(PaginatorSpec::Cursor(CursorSpec::new(CursorSource::Body(ELSEWHERE))));
        let by_header = Some(PaginatorSpec::Cursor(CursorSpec::new(CursorSource::Header("x"))));
        let by_column = Some(PaginatorSpec::Cursor(CursorSpec::new(CursorSource::Column("id"))));
        let body = r#"{"next":"https://x.test/a"}"#;
        for declared in [by_url, by_link, by_cursor, by_header] {
            let hint = hint(declared, body, None).expect("a hint");
            assert!(hint.contains("json_link(next_url_path = \"next\")"), "{hint}");
        }
        // a last page is no mistake
        for declared in [by_url, by_link, by_cursor, by_header, by_column] {
            assert_eq!(hint(declared, r#"{"data":[]}"#, None), None);
        }
        assert_eq!(hint(by_column, body, None), None);
        assert_eq!(hint(by_url, r#"{"links":{"next":"/a"},"next":"/b"}"#, None), None);
    }

    #[test]
    fn a_link_with_another_relation_is_told_by_its_relation() {
        let declared = Some(PaginatorSpec::Link(LinkSpec::new(LinkSource::Header("nxt"))));
        let hint = hint(declared, "[]", Some("</x>; rel=next")).expect("a hint");
        assert!(hint.contains("leave `rel` out?"), "{hint}");
    }

    #[test]
    fn rows_are_left_out_where_a_list_of_them_goes_on() {
        let response = Response::new(200, r#"{"total": 300}"#);
        let told = left_out(None, &response, 2).expect("a warning");
        assert!(told.starts_with("rows may be missing: ") && told.contains("300"), "{told}");
        // a row may have a total of its own
        assert_eq!(left_out(None, &response, 1), None);
        assert_eq!(left_out(Some(PaginatorSpec::SinglePage), &response, 2), None);
    }

    #[test]
    fn lists_are_passed_over() {
        let body =
            r#"{"a": [1, {"next": "x"}], "b": {"c": "d", "e": [2.5]}, "f": [null, true], "g": -1}"#;
        let Outline(outline) = serde_json::from_str(body).expect("JSON");
        let expected = r#"{"a": null, "b": {"c": "d", "e": null}, "f": null, "g": -1}"#;
        assert_eq!(outline, serde_json::from_str::<Value>(expected).expect("JSON"));
        let inside = Path {
            text: "data[0].next",
            segments: &[Segment::Key("data"), Segment::Index(0), Segment::Key("next")],
        };
        let declared = Some(PaginatorSpec::Cursor(CursorSpec::new(CursorSource::Body(inside))));
        let response = Response::new(200, r#"{"data": [{"next": ""}, {}], "next": "x"}"#);
        assert_eq!(left_out(declared, &response, 2), None);
    }

    #[test]
    fn no_hint_holds_a_value() {
        for body in [r#"{"next":"https://x.test/?key=s3cret"}"#, r#"{"next_token":"s3cret"}"#] {
            let hint = hint(None, body, Some("<https://x.test/?key=s3cret>; rel=prev"));
            assert!(!hint.expect("a hint").contains("s3cret"));
        }
    }
}
