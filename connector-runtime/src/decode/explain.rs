//! Messages: a page that failed is read once more, slowly, to say what is in it.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::body::Problem;
use crate::spec::{Path, Segment};

/// Longest piece of a value or body that a message shows.
const MAX_SHOWN: usize = 60;
/// Bytes of a body that are looked at for that.
const MAX_READ: usize = 400;
/// Stands for what is left out.
const CUT: char = '…';

pub(super) type Members<'a> = BTreeMap<String, &'a RawValue>;

/// A text short enough for a message.
pub(super) fn cut(text: &str) -> String {
    let mut shown: String = text.chars().take(MAX_SHOWN).collect();
    if shown.len() < text.len() {
        shown.push(CUT);
    }
    shown
}

/// The beginning of a body, short enough for a message. Where it ends early it says so: a secret
/// may end there too.
pub(crate) fn beginning(body: &[u8]) -> String {
    let Some(head) = body.get(..MAX_READ) else {
        return cut(String::from_utf8_lossy(body).trim());
    };
    let head = String::from_utf8_lossy(head);
    // half a character is no character
    let mut shown = cut(head.trim_end_matches(char::REPLACEMENT_CHARACTER).trim());
    if !shown.ends_with(CUT) {
        shown.push(CUT);
    }
    shown
}

/// Why a text is no JSON, or holds what cannot be told, as half a surrogate pair: what comes first.
pub(super) fn syntax_error(json: &[u8]) -> serde_json::Error {
    let place = |error: &serde_json::Error| (error.line(), error.column());
    let whole = serde_json::from_slice::<&RawValue>(json).err();
    // how deep a text is and how great its numbers are does not matter to whoever passes over them
    let strings = strings_alone(json);
    let strings = serde_json::Deserializer::from_slice(&strings).into_iter::<String>();
    let string = strings.filter_map(Result::err).next();
    let fine = || <serde_json::Error as serde::de::Error>::custom("a value that cannot be read");
    whole.into_iter().chain(string).min_by_key(place).unwrap_or_else(fine)
}

/// The strings of a JSON text where they stand, with nothing between them.
fn strings_alone(json: &[u8]) -> Vec<u8> {
    let (mut inside, mut escaped) = (false, false);
    let bytes = json.iter().map(|byte| {
        let is_quote = *byte == b'"' && !escaped;
        escaped = inside && *byte == b'\\' && !escaped;
        let kept = inside || is_quote || *byte == b'\n';
        inside ^= is_quote;
        if kept { *byte } else { b' ' }
    });
    bytes.collect()
}

/// A body that is not what the resource declares.
#[derive(Debug)]
pub(crate) struct BodyError {
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl BodyError {
    pub(super) fn not_json(body: &[u8], error: &serde_json::Error) -> Self {
        let start = beginning(body);
        let (message, help) = if start.is_empty() {
            ("expected JSON, found an empty body".to_owned(), None)
        } else if start.starts_with('<') {
            (
                format!("expected JSON, found an HTML or XML page: {start}"),
                Some(
                    "often a login or error page: check the base URL, the path and the credentials",
                ),
            )
        } else if let Err(error) = std::str::from_utf8(body) {
            (format!("the body is not UTF-8: byte {} is no text", error.valid_up_to()), None)
        } else if error.is_eof() {
            (format!("expected JSON, found only its beginning ({} bytes)", body.len()), None)
        } else {
            (format!("expected JSON: {error}; the body starts with: {start}"), None)
        };
        Self { message, help: help.map(str::to_owned) }
    }

    /// A line, counted from 0, that is no JSON.
    pub(super) fn in_line(index: usize, line: &[u8], error: &serde_json::Error) -> Self {
        let Self { message, help } = Self::not_json(line, error);
        Self { message: format!("line {}: {message}", index + 1), help }
    }

    /// The data selector leads nowhere, or to something that holds no rows.
    pub(super) fn no_rows(body: &[u8], selector: Option<Path>, problem: Problem) -> Self {
        let Some(selector) = selector else {
            return Self::whole_body(body, problem);
        };
        if let Problem::Refused(what) = problem {
            return Self {
                message: format!(
                    "expected a list of rows at the data selector `{}`, found {what}",
                    selector.text
                ),
                help: None,
            };
        }
        let message = format!("nothing is at the data selector `{}`", selector.text);
        let help = serde_json::from_slice::<&RawValue>(body)
            .ok()
            .map(|root| describe_dead_end(root, selector.segments));
        Self { message, help }
    }

    /// No data selector, and the body is no list.
    fn whole_body(body: &[u8], problem: Problem) -> Self {
        let what = match problem {
            Problem::Refused(what) => what,
            Problem::Missing => "no list",
        };
        let help = members(body).and_then(|members| suggest_list(&members));
        Self {
            message: format!("expected a list of rows, found {what}"),
            help: help.or(Some("say where the rows are: `data_selector = \"..\"`".to_owned())),
        }
    }

    /// An object was taken as one row and has none of the columns.
    pub(super) fn foreign(body: &[u8], selector: Option<Path>) -> Self {
        let place = match selector {
            Some(selector) => format!("the object at the data selector `{}`", selector.text),
            None => "the body".to_owned(),
        };
        let object = raw_row(body, selector, 0);
        let members = object.and_then(|raw| members(raw.get().as_bytes())).unwrap_or_default();
        let keys = list_keys(&members);
        let help = suggest_list(&members).map(|list| match selector {
            Some(selector) => format!("perhaps below it: {list}")
                .replace("data_selector = \"", &format!("data_selector = \"{}.", selector.text)),
            None => list,
        });
        Self {
            message: format!("{place} was taken as one row, but has none of its columns; {keys}"),
            help,
        }
    }
}

pub(super) fn members(json: &[u8]) -> Option<Members<'_>> {
    serde_json::from_slice(json).ok()
}

pub(super) fn list_keys(members: &Members<'_>) -> String {
    if members.is_empty() {
        return "the object is empty".to_owned();
    }
    let keys: Vec<_> = members.keys().map(|key| format!("`{}`", cut(key))).collect();
    let shown = keys.iter().take(20).cloned().collect::<Vec<_>>().join(", ");
    let more = if keys.len() > 20 { ", …" } else { "" };
    format!("its keys are {shown}{more}")
}

/// The key whose value is a list of objects, if there is one.
fn suggest_list(members: &Members<'_>) -> Option<String> {
    let lists = members.iter().filter(|(_, value)| value.get().starts_with('['));
    let longest = lists.max_by_key(|(_, value)| value.get().len())?.0;
    Some(format!("`data_selector = \"{}\"`, which is a list", cut(longest)))
}

/// Where a selector stops to lead anywhere, what is there, and what was perhaps meant.
fn describe_dead_end(root: &RawValue, segments: &[Segment]) -> String {
    let mut here = root;
    let mut walked = String::from("the body");
    for segment in segments {
        let next = match segment {
            Segment::Key(key) => match serde_json::from_str::<Members<'_>>(here.get()) {
                Ok(members) => match members.get(*key) {
                    Some(value) => {
                        walked = format!("`{key}`");
                        Some(*value)
                    }
                    None => {
                        let list = suggest_list(&members);
                        let list = list.map(|help| format!("; perhaps {help}")).unwrap_or_default();
                        return format!("{walked} has no `{key}`: {}{list}", list_keys(&members));
                    }
                },
                Err(_) => None,
            },
            Segment::Index(index) => items(here).and_then(|items| items.get(*index).copied()),
            Segment::Each => items(here).and_then(|items| items.first().copied()),
        };
        match next {
            Some(value) => here = value,
            None => {
                return format!("{walked} is {} there: {}", kind(here), cut(here.get()));
            }
        }
    }
    format!("{walked} is {}", kind(here))
}

pub(super) fn items(json: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str(json.get()).ok()
}

pub(super) fn kind(json: &RawValue) -> &'static str {
    match json.get().as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "a list",
        Some(b'"') => "a string",
        Some(b'n') => "null",
        Some(b't' | b'f') => "a boolean",
        _ => "a number",
    }
}

/// The raw rows of a body, in the order the decoder counts them.
fn rows<'a>(here: &'a RawValue, segments: &[Segment], out: &mut Vec<&'a RawValue>) {
    let Some((first, rest)) = segments.split_first() else {
        match items(here) {
            Some(items) => out.extend(items),
            None if here.get() == "null" => {}
            None => out.push(here),
        }
        return;
    };
    match first {
        Segment::Key(key) => {
            let members = serde_json::from_str::<Members<'a>>(here.get()).unwrap_or_default();
            if let Some(value) = members.get(*key) {
                rows(value, rest, out);
            }
        }
        Segment::Index(index) => {
            if let Some(value) = items(here).and_then(|items| items.get(*index).copied()) {
                rows(value, rest, out);
            }
        }
        Segment::Each => {
            for value in items(here).unwrap_or_default() {
                rows(value, rest, out);
            }
        }
    }
}

pub(super) fn raw_row(body: &[u8], selector: Option<Path>, index: usize) -> Option<&RawValue> {
    // the rest of the page may be broken; then the message does without the value
    let root = serde_json::from_slice::<&RawValue>(body).ok()?;
    let mut all = Vec::new();
    rows(root, selector.map_or(&[], |path| path.segments), &mut all);
    all.get(index).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_reasons_the_first_counts() {
        let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
        let half = r#""\ud800""#;
        let surrogate = "unexpected end of hex escape";
        for (json, expected) in [
            (format!("[{half}, {deep}]"), format!("{surrogate} at line 1 column 9")),
            (format!("[{deep},\n{half}]"), format!("{surrogate} at line 2 column 8")),
            (format!("[1e400, {half}]"), format!("{surrogate} at line 1 column 16")),
            (format!("[{{{half}: \"\\\\\"}}]"), format!("{surrogate} at line 1 column 10")),
            (format!("[\"\\\"[\", {half}]"), format!("{surrogate} at line 1 column 16")),
            (format!("[{half}, ?]"), format!("{surrogate} at line 1 column 9")),
            (format!("[?, {half}]"), "expected value at line 1 column 2".to_owned()),
            (format!("[{deep}"), "EOF while parsing a list at line 1 column 402".to_owned()),
            ("[\"a".to_owned(), "EOF while parsing a string at line 1 column 3".to_owned()),
            (deep, "a value that cannot be read".to_owned()),
        ] {
            assert_eq!(syntax_error(json.as_bytes()).to_string(), expected, "{json}");
        }
    }
}
