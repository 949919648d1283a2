//! [`Redactor`]: takes secrets out of texts that came from outside.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::request::percent_encode_segment;
use crate::secret::Secret;

/// Shorter secrets are not searched for: they would be found in every text.
const SHORTEST: usize = 4;
/// Ends a text that a message cut short.
const CUT: char = '…';

/// Finds the secrets of a connector in a text, raw or in an encoding a server might echo.
///
/// Our own texts never hold a secret; this is for what servers send: a body that repeats the key,
/// a redirect's target, the name of a host.
#[derive(Clone, Debug, Default)]
pub(crate) struct Redactor {
    needles: Vec<Secret>,
}

impl Redactor {
    pub(crate) fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let secrets = secrets.into_iter().map(Secret::expose);
        let mut needles: Vec<String> =
            secrets.filter(|raw| raw.len() >= SHORTEST).flat_map(encodings).collect();
        // the longest first: an encoding may hold a part of another
        needles.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        needles.dedup();
        Self { needles: needles.into_iter().map(Secret::from).collect() }
    }

    /// The text with `***` for each secret in it, and for the beginning of one where the text was
    /// cut short.
    pub(crate) fn clean(&self, text: &str) -> String {
        let text = self.needles.iter().fold(text.to_owned(), |text, needle| {
            if text.contains(needle.expose()) { text.replace(needle.expose(), "***") } else { text }
        });
        if !text.contains(CUT) {
            return text;
        }
        let pieces: Vec<_> = text.split(CUT).collect();
        let (last, cut) = pieces.split_last().expect("BUG: a split has a last piece");
        let cut = cut.iter().map(|piece| match self.beginning_at_end(piece) {
            0 => format!("{piece}{CUT}"),
            length => format!("{}***{CUT}", &piece[..piece.len() - length]),
        });
        cut.chain([(*last).to_owned()]).collect()
    }

    /// How many bytes at the end of a text are the beginning of a secret.
    fn beginning_at_end(&self, text: &str) -> usize {
        let longest = |needle: &Secret| {
            let needle = needle.expose();
            let lengths = (SHORTEST..needle.len()).rev().filter(|at| needle.is_char_boundary(*at));
            lengths.into_iter().find(|length| text.ends_with(&needle[..*length])).unwrap_or(0)
        };
        self.needles.iter().map(longest).max().unwrap_or(0)
    }
}

/// A secret as a server might send it back.
fn encodings(raw: &str) -> Vec<String> {
    let form: String = url::form_urlencoded::byte_serialize(raw.as_bytes()).collect();
    let path = percent_encode_segment(raw);
    let json = serde_json::to_string(raw).unwrap_or_default().trim_matches('"').to_owned();
    let ascii_json = escape_unicode(&json);
    let html = raw.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    vec![
        raw.to_owned(),
        lower_case_escapes(&path),
        path,
        lower_case_escapes(&form),
        form,
        json.replace('/', "\\/"),
        json,
        ascii_json.replace('/', "\\/"),
        ascii_json,
        html.replace('"', "&quot;"),
        html,
        STANDARD_NO_PAD.encode(raw),
        URL_SAFE_NO_PAD.encode(raw),
    ]
}

/// `%2F` as `%2f`.
fn lower_case_escapes(text: &str) -> String {
    let mut escaped = 0;
    let lower = |c: char| {
        escaped = if c == '%' { 2 } else { i32::max(escaped - 1, -1) };
        if escaped >= 0 && c != '%' { c.to_ascii_lowercase() } else { c }
    };
    text.chars().map(lower).collect()
}

/// JSON text with ASCII characters only.
fn escape_unicode(json: &str) -> String {
    let mut units = [0; 2];
    let mut text = String::new();
    for c in json.chars() {
        if c.is_ascii() {
            text.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut units) {
            let _ = write!(text, "\\u{unit:04x}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_of_a_secret_is_found() {
        let redactor = Redactor::new([&Secret::new("s3cr&t +\"/ü")]);
        for text in [
            "raw s3cr&t +\"/ü end",
            "path /s3cr%26t%20%2B%22%2F%C3%BC end",
            "path /s3cr%26t%20%2b%22%2f%c3%bc end",
            "form key=s3cr%26t+%2B%22%2F%C3%BC end",
            "form key=s3cr%26t+%2b%22%2f%c3%bc end",
            "json \"s3cr&t +\\\"/ü\" end",
            "json \"s3cr&t +\\\"\\/ü\" end",
            "json \"s3cr&t +\\\"/\\u00fc\" end",
            "json \"s3cr&t +\\\"\\/\\u00fc\" end",
            "html s3cr&amp;t +\"/ü end",
            "html s3cr&amp;t +&quot;/ü end",
            "base64 czNjciZ0ICsiL8O8 end",
        ] {
            let clean = redactor.clean(text);
            assert!(clean.contains("***") && clean.ends_with("end"), "{text} became {clean}");
        }
    }

    #[test]
    fn the_beginning_of_a_secret_is_found_where_a_text_was_cut() {
        let redactor = Redactor::new([&Secret::new("s3cr&t-and-lönger")]);
        for (text, clean) in [
            ("found s3cr&t-and-lö… at the end", "found ***… at the end"),
            ("found s3cr… and s3cr%26t-a…", "found ***… and ***…"),
            ("found s3cr&t-and-lönger…", "found ***…"),
            ("s3cr", "s3cr"),
            ("s3c…", "s3c…"),
            ("…", "…"),
        ] {
            assert_eq!(redactor.clean(text), clean);
        }
    }

    #[test]
    fn texts_without_a_secret_stay_as_they_are() {
        let redactor = Redactor::new([&Secret::new("abc"), &Secret::new("")]);
        assert_eq!(redactor.clean("abc and more"), "abc and more");
    }
}
