//! [`Redactor`]: takes secrets out of texts that came from outside.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::request::percent_encode_segment;
use crate::secret::Secret;

/// Shorter secrets are not searched for: they would be found in every text.
const SHORTEST: usize = 4;
/// Ends a text that a message cut short.
const CUT: char = '…';
/// How many secrets are kept of those that were learnt.
const LEARNT: usize = 16;

/// Finds the secrets of a connector in a text, raw or in an encoding a server might echo.
///
/// Our own texts never hold a secret; this is for what servers send: a body that repeats the key,
/// a redirect's target, the name of a host.
#[derive(Debug, Default)]
pub(crate) struct Redactor {
    needles: Vec<Secret>,
    /// Secrets that were not known at the start, the latest last.
    learnt: Mutex<VecDeque<Secret>>,
}

impl Redactor {
    pub(crate) fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let needles = secrets.into_iter().flat_map(needles).collect();
        Self { needles: sorted(needles), learnt: Mutex::default() }
    }

    /// Looks for this secret too. Of those that are learnt only the latest are kept: a token that
    /// was replaced long ago opens nothing.
    pub(crate) fn learn(&self, secret: &Secret) {
        let mut learnt = self.learnt.lock().unwrap_or_else(PoisonError::into_inner);
        // what is used again is kept for longer
        learnt.retain(|known| known != secret);
        if learnt.len() == LEARNT {
            learnt.pop_front();
        }
        learnt.push_back(secret.clone());
    }

    /// Everything to look for, the longest first.
    fn all(&self) -> Cow<'_, [Secret]> {
        let learnt = self.learnt.lock().unwrap_or_else(PoisonError::into_inner);
        if learnt.is_empty() {
            return Cow::Borrowed(&self.needles);
        }
        let learnt = learnt.iter().flat_map(needles);
        Cow::Owned(sorted(self.needles.iter().cloned().chain(learnt).collect()))
    }

    /// The text with `***` for each secret in it, and for the beginning of one where the text was
    /// cut short.
    pub(crate) fn clean(&self, text: &str) -> String {
        let needles = self.all();
        let text = needles.iter().fold(text.to_owned(), |text, needle| {
            if text.contains(needle.expose()) { text.replace(needle.expose(), "***") } else { text }
        });
        if !text.contains(CUT) {
            return text;
        }
        let pieces: Vec<_> = text.split(CUT).collect();
        let (last, cut) = pieces.split_last().expect("BUG: a split has a last piece");
        let cut = cut.iter().map(|piece| match beginning_at_end(&needles, piece) {
            0 => format!("{piece}{CUT}"),
            length => format!("{}***{CUT}", &piece[..piece.len() - length]),
        });
        cut.chain([(*last).to_owned()]).collect()
    }
}

/// How many bytes at the end of a text are the beginning of a secret.
fn beginning_at_end(needles: &[Secret], text: &str) -> usize {
    let longest = |needle: &Secret| {
        let needle = needle.expose();
        let lengths = (SHORTEST..needle.len()).rev().filter(|at| needle.is_char_boundary(*at));
        lengths.into_iter().find(|length| text.ends_with(&needle[..*length])).unwrap_or(0)
    };
    needles.iter().map(longest).max().unwrap_or(0)
}

/// What to look for because of one secret.
fn needles(secret: &Secret) -> Vec<Secret> {
    match secret.expose() {
        raw if raw.len() < SHORTEST => Vec::new(),
        raw => encodings(raw).into_iter().map(Secret::from).collect(),
    }
}

/// The longest first: an encoding may hold a part of another.
fn sorted(mut needles: Vec<Secret>) -> Vec<Secret> {
    needles.sort_by(|a, b| {
        let (a, b) = (a.expose(), b.expose());
        b.len().cmp(&a.len()).then_with(|| a.cmp(b))
    });
    needles.dedup();
    needles
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
    fn secrets_can_be_learnt() {
        let redactor = Redactor::new([&Secret::new("first-secret")]);
        let token = |n: usize| format!("token-number-{n:04}");
        for n in 0..40 {
            redactor.learn(&Secret::new(token(n)));
            redactor.learn(&Secret::new(token(n)));
        }
        let text = format!("first-secret and {} and {}", token(39), token(24));
        assert_eq!(redactor.clean(&text), "*** and *** and ***");
    }

    #[test]
    fn texts_without_a_secret_stay_as_they_are() {
        let redactor = Redactor::new([&Secret::new("abc"), &Secret::new("")]);
        assert_eq!(redactor.clean("abc and more"), "abc and more");
    }
}
