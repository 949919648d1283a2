//! `jsonb` as PostgreSQL writes it: keys by their length and then by their bytes, the last one of those that are
//! alike, a blank behind each comma and colon, texts with as few escapes as can be.

use std::borrow::Cow;
use std::ops::Range;

/// JSON as the database gives it back. Where that is not known, of numbers with an exponent and of negative zero, it
/// stays as it is, which means the same.
pub(super) fn written(json: &str) -> Cow<'_, [u8]> {
    let mut writer = Writer { json, at: 0, out: Vec::with_capacity(json.len() + json.len() / 8) };
    match writer.value() {
        Some(()) => Cow::Owned(writer.out),
        None => Cow::Borrowed(json.as_bytes()),
    }
}

/// Reads what is known to be JSON, which decode has checked, lists and objects at most so deep in each other as
/// PostgreSQL takes them.
struct Writer<'a> {
    json: &'a str,
    at: usize,
    out: Vec<u8>,
}

impl<'a> Writer<'a> {
    fn value(&mut self) -> Option<()> {
        match self.peek()? {
            b'{' => self.object(),
            b'[' => self.list(),
            b'"' => {
                let token = self.string()?;
                self.out.extend_from_slice(&escaped(token)?);
                Some(())
            }
            _ => self.word(),
        }
    }

    fn object(&mut self) -> Option<()> {
        let start = self.out.len();
        // each is written as it comes, and put in order then
        let mut members: Vec<(Cow<'a, str>, Range<usize>)> = Vec::new();
        self.at += 1;
        while self.peek()? != b'}' {
            let token = self.string()?;
            let from = self.out.len();
            self.out.extend_from_slice(&escaped(token)?);
            self.out.extend_from_slice(b": ");
            self.expect(b':')?;
            self.value()?;
            members.push((text(token)?, from..self.out.len()));
            self.comma(b'}')?;
        }
        self.at += 1;
        members.reverse();
        members.sort_by(|(key, _), (other, _)| (key.len(), key).cmp(&(other.len(), other)));
        // the last one, which is the first one now
        members.dedup_by(|(key, _), (before, _)| key == before);
        let written = self.out.split_off(start);
        self.out.push(b'{');
        for (at, (_, range)) in members.into_iter().enumerate() {
            if at > 0 {
                self.out.extend_from_slice(b", ");
            }
            self.out.extend_from_slice(&written[range.start - start..range.end - start]);
        }
        self.out.push(b'}');
        Some(())
    }

    fn list(&mut self) -> Option<()> {
        self.at += 1;
        self.out.push(b'[');
        let mut is_first = true;
        while self.peek()? != b']' {
            if !std::mem::take(&mut is_first) {
                self.out.extend_from_slice(b", ");
            }
            self.value()?;
            self.comma(b']')?;
        }
        self.at += 1;
        self.out.push(b']');
        Some(())
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self) -> Option<()> {
        let rest = &self.json[self.at..];
        let is_end = |c: char| matches!(c, ',' | ']' | '}') || c.is_ascii_whitespace();
        let word = &rest[..rest.find(is_end).unwrap_or(rest.len())];
        let is_number = !word.starts_with(['t', 'f', 'n']);
        // zero has no sign there
        let is_minus_zero = word.starts_with('-') && word.bytes().all(|b| b"-0.".contains(&b));
        if word.is_empty() || (is_number && (word.contains(['e', 'E']) || is_minus_zero)) {
            return None;
        }
        self.at += word.len();
        self.out.extend_from_slice(word.as_bytes());
        Some(())
    }

    /// A text with its quotes.
    fn string(&mut self) -> Option<&'a str> {
        self.peek().filter(|byte| *byte == b'"')?;
        let bytes = self.json.as_bytes();
        let mut end = self.at + 1;
        while *bytes.get(end)? != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        let token = self.json.get(self.at..=end)?;
        self.at = end + 1;
        Some(token)
    }

    /// Passes by a comma; what follows otherwise is the end.
    fn comma(&mut self, end: u8) -> Option<()> {
        if self.peek()? == end { Some(()) } else { self.expect(b',') }
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.peek().filter(|next| *next == byte)?;
        self.at += 1;
        Some(())
    }

    /// What comes next that is no blank.
    fn peek(&mut self) -> Option<u8> {
        let rest = self.json.as_bytes().get(self.at..)?;
        self.at += rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
        Some(self.json.as_bytes()[self.at])
    }
}

/// What a text says.
fn text(token: &str) -> Option<Cow<'_, str>> {
    match token.contains('\\') {
        true => serde_json::from_str(token).ok().map(Cow::Owned),
        false => Some(Cow::Borrowed(&token[1..token.len() - 1])),
    }
}

/// A text with no more escapes than it needs.
fn escaped(token: &str) -> Option<Cow<'_, [u8]>> {
    match text(token)? {
        Cow::Borrowed(_) => Some(Cow::Borrowed(token.as_bytes())),
        Cow::Owned(text) => serde_json::to_vec(&text).ok().map(Cow::Owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_database_writes_it() {
        for (json, expected) in [
            ("null", "null"),
            (" true ", "true"),
            ("1.50", "1.50"),
            ("-12", "-12"),
            ("-0.50", "-0.50"),
            (r#""a\/bé\ud83d\ude00\u00e9\n\u0001\"""#, "\"a/bé😀é\\n\\u0001\\\"\""),
            ("[]", "[]"),
            ("{ }", "{}"),
            ("[1,2 , [3],{}]", "[1, 2, [3], {}]"),
            (
                r#"{"bb":1,"a":{"d":"x","c":[{"f":1,"e":2}]},"b":3}"#,
                r#"{"a": {"c": [{"e": 2, "f": 1}], "d": "x"}, "b": 3, "bb": 1}"#,
            ),
            (r#"{"a":1,"b":2,"\u0061":3}"#, r#"{"a": 3, "b": 2}"#),
            (r#"{"é":1,"zz":2,"a":[{}]}"#, r#"{"a": [{}], "zz": 2, "é": 1}"#),
        ] {
            assert_eq!(String::from_utf8_lossy(&written(json)), expected, "{json}");
        }
    }

    #[test]
    fn what_is_not_known_stays() {
        for json in
            ["[ 1e2]", "[-0]", "{\"a\":-0.0}", "1E-7", "", "[1", "{\"a\" 1}", "\"\\", "\"\\ud800\""]
        {
            assert_eq!(written(json), json.as_bytes(), "{json}");
        }
    }
}
