//! Selectors: `data.items[*]['odd name'][0]`.

use crate::diag::{At, Diag};
use crate::model::{Segment, Selector};

/// The whole body.
const BODY: &str = "$";

/// A selector that may name many values, or the whole body.
pub(super) fn many(diag: &Diag, text: Option<At<String>>) -> Option<Selector> {
    let text = text?;
    if text.value == BODY {
        return Some(Selector { text: text.value, segments: Vec::new() });
    }
    selector(diag, &text)
}

/// A selector of one value: a total or a flag.
pub(super) fn one(diag: &Diag, option: &str, text: Option<At<String>>) -> Option<Selector> {
    let text = text?;
    let selector = selector(diag, &text)?;
    if selector.segments.contains(&Segment::Each) {
        diag.error(text.spans, format!("`{option}` names one value, but `[*]` names many"));
    }
    Some(selector)
}

/// Keys with dots between: a place in the body of a request.
pub(super) fn keys(diag: &Diag, option: &str, text: &At<String>) {
    if text.value.is_empty() {
        let example = format!("`{option} = \"page.size\"`");
        diag.error(text.spans, format!("a place in the body has a name\nhelp: {example}"));
        return;
    }
    if selector(diag, text).is_some() && plain_keys(text).is_none() {
        diag.error(
            text.spans,
            format!(
                "`{option}` is made of keys with dots between; a list has no place for a value"
            ),
        );
    }
}

/// The keys, if it is made of nothing else.
pub(super) fn plain_keys(text: &At<String>) -> Option<Vec<String>> {
    let keys = parse(&text.value).ok()?.into_iter().map(|segment| match segment {
        Segment::Key(key) => Some(key),
        Segment::Each | Segment::Index(_) => None,
    });
    keys.collect()
}

fn selector(diag: &Diag, text: &At<String>) -> Option<Selector> {
    match parse(&text.value) {
        Ok(segments) => Some(Selector { text: text.value.clone(), segments }),
        Err(message) => {
            diag.error(text.spans, message);
            None
        }
    }
}

/// People know other notations: JSONPath starts with `$`, a JSON pointer with `/`.
fn parse(text: &str) -> Result<Vec<Segment>, String> {
    if text.is_empty() {
        return Err("empty selector\nhelp: leave the option out to take the whole body".to_owned());
    }
    if let Some(rest) =
        text.strip_prefix("$.").or_else(|| text.strip_prefix("$[").map(|_| &text[1..]))
    {
        return Err(format!("a selector starts at the body, without `$`\nhelp: `\"{rest}\"`"));
    }
    if let Some(rest) = text.strip_prefix('/') {
        let dotted = rest.replace('/', ".");
        return Err(format!("keys are separated by dots\nhelp: `\"{dotted}\"`"));
    }
    let mut segments = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let done = &text[..text.len() - rest.len()];
        if let Some(inner) = rest.strip_prefix('[') {
            let (segment, after) = bracket(inner, done)?;
            segments.push(segment);
            rest = after;
            continue;
        }
        if !segments.is_empty() {
            rest = rest.strip_prefix('.').ok_or_else(|| {
                format!("expected `.` or `[` after `{done}`\nhelp: as in `data.items[0]`")
            })?;
        }
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let key = &rest[..end];
        if key.is_empty() {
            return Err(format!("a key is missing after `{}`", &text[..text.len() - rest.len()]));
        }
        if let Some(odd) = key.chars().find(|c| c.is_whitespace() || "]'\"*?".contains(*c)) {
            return Err(match key {
                "*" => format!("`*` stands in brackets\nhelp: `{}[*]`", done.trim_end_matches('.')),
                _ => format!("`{odd}` in a key needs quotes\nhelp: `['{key}']`"),
            });
        }
        segments.push(Segment::Key(key.to_owned()));
        rest = &rest[end..];
    }
    Ok(segments)
}

/// `*]`, `0]` or `'key']`, after the opening bracket.
fn bracket<'a>(inner: &'a str, done: &str) -> Result<(Segment, &'a str), String> {
    let unclosed = || format!("unclosed `[` after `{done}`");
    if let Some(quote) = inner.chars().next().filter(|c| matches!(c, '\'' | '"')) {
        let (key, after) = quoted(&inner[1..], quote).ok_or_else(unclosed)?;
        let after = after.strip_prefix(']').ok_or_else(unclosed)?;
        return Ok((Segment::Key(key), after));
    }
    let (index, after) = inner.split_once(']').ok_or_else(unclosed)?;
    match index {
        "*" => Ok((Segment::Each, after)),
        "" => Err("empty brackets\nhelp: `[*]` for every element, `[0]` for the first".to_owned()),
        _ => match index.parse() {
            Ok(index) => Ok((Segment::Index(index), after)),
            Err(_) => {
                let key = index.trim_start_matches('-').parse::<u64>().map_or(index, |_| "key");
                Err(format!(
                    "`[{index}]` is no step of a selector\nhelp: there are `[0]`, `[*]` and `['{key}']`"
                ))
            }
        },
    }
}

/// The text up to the closing quote; a backslash takes the next character as it is.
fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut key = String::new();
    let mut chars = text.char_indices();
    while let Some((i, c)) = chars.next() {
        match c {
            '\\' => key.push(chars.next()?.1),
            c if c == quote => return Some((key, &text[i + c.len_utf8()..])),
            c => key.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Segment, parse};

    #[test]
    fn selectors() {
        let key = |text: &str| Segment::Key(text.to_owned());
        for (text, expected) in [
            ("data", vec![key("data")]),
            ("data.items", vec![key("data"), key("items")]),
            ("data[*].x", vec![key("data"), Segment::Each, key("x")]),
            ("[0]['a.b'][\"c'd\"]", vec![Segment::Index(0), key("a.b"), key("c'd")]),
            (r"['it\'s']", vec![key("it's")]),
        ] {
            assert_eq!(parse(text).as_ref(), Ok(&expected), "{text}");
        }
    }

    #[test]
    fn mistakes() {
        for (text, expected) in [
            ("", "empty selector"),
            ("$.data", "without `$`"),
            ("/data/items", "`\"data.items\"`"),
            ("data.", "a key is missing after `data.`"),
            (".data", "a key is missing"),
            ("data..x", "a key is missing after `data.`"),
            ("data[", "unclosed `[` after `data`"),
            ("data['x]", "unclosed `[`"),
            ("data[]", "empty brackets"),
            ("data[-1]", "`[-1]` is no step"),
            ("data[0]x", "expected `.` or `[` after `data[0]`"),
            ("odd name", "needs quotes"),
            ("data.*", "`data[*]`"),
        ] {
            let message = parse(text).expect_err(text);
            assert!(message.contains(expected), "{text}: {message}");
        }
    }
}
