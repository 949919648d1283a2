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
/// How many secrets are kept of those that were learnt, of each kind.
const LEARNT: usize = 64;
/// What is left of a secret in base64 is searched for from this length on: less is in every text.
const SHORTEST_MIDDLE: usize = 8;

/// Finds the secrets of a connector in a text, raw or in an encoding a server might echo.
///
/// Our own texts never hold a secret; this is for what servers send: a body that repeats the key,
/// a redirect's target, the name of a host.
#[derive(Debug, Default)]
pub(crate) struct Redactor {
    needles: Vec<Secret>,
    /// Tokens that came during the run, the latest last.
    tokens: Mutex<VecDeque<Secret>>,
    /// What functions of the user's have signed requests with. Each request may have its own, so
    /// they are kept apart: tokens are used for longer.
    signatures: Mutex<VecDeque<Secret>>,
}

impl Redactor {
    pub(crate) fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let needles = secrets.into_iter().flat_map(needles).collect();
        Self { needles: sorted(needles), ..Self::default() }
    }

    /// Looks for this token too. Of those that are learnt only the latest are kept: one that was
    /// replaced long ago opens nothing.
    pub(crate) fn learn(&self, token: &Secret) {
        keep(&self.tokens, token);
    }

    /// Looks for this part of a signature too, for a while.
    pub(crate) fn learn_signature(&self, part: &Secret) {
        keep(&self.signatures, part);
    }

    /// Everything to look for, the longest first.
    fn all(&self) -> Cow<'_, [Secret]> {
        let mut all = Vec::new();
        for learnt in [&self.tokens, &self.signatures] {
            let learnt = learnt.lock().unwrap_or_else(PoisonError::into_inner);
            all.extend(learnt.iter().flat_map(needles));
        }
        if all.is_empty() {
            return Cow::Borrowed(&self.needles);
        }
        all.extend(self.needles.iter().cloned());
        Cow::Owned(sorted(all))
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

/// What is used again is kept for longer.
fn keep(learnt: &Mutex<VecDeque<Secret>>, secret: &Secret) {
    let mut learnt = learnt.lock().unwrap_or_else(PoisonError::into_inner);
    learnt.retain(|known| known != secret);
    if learnt.len() == LEARNT {
        learnt.pop_front();
    }
    learnt.push_back(secret.clone());
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
        raw => {
            // a server may echo what follows the scheme
            let bare = raw.strip_prefix("Basic ").filter(|bare| bare.len() >= SHORTEST);
            let all = encodings(raw).into_iter().chain(bare.into_iter().flat_map(encodings));
            all.map(Secret::from).collect()
        }
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
    let go_json = ['&', '<', '>']
        .iter()
        .fold(json.clone(), |json, c| json.replace(*c, &format!("\\u{:04x}", u32::from(*c))));
    let known = vec![
        go_json.replace('/', "\\/"),
        escape_unicode(&go_json),
        go_json,
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
    ];
    known.into_iter().chain(middles(raw)).collect()
}

/// A secret in the base64 of a longer text: the digits that depend on nothing before or after it, at
/// each of the three places where it can begin.
fn middles(raw: &str) -> impl Iterator<Item = String> {
    [0, 1, 2]
        .into_iter()
        .flat_map(move |before: usize| {
            let text = [&[0; 2][..before], raw.as_bytes()].concat();
            let digits = (before * 8).div_ceil(6)..(before + raw.len()) * 8 / 6;
            let cut = move |base64: String| base64[digits.clone()].to_owned();
            [STANDARD_NO_PAD.encode(&text), URL_SAFE_NO_PAD.encode(&text)].map(cut)
        })
        .filter(|middle| middle.len() >= SHORTEST_MIDDLE)
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
    fn a_secret_is_found_in_the_base64_of_a_longer_text() {
        let redactor = Redactor::new([&Secret::new("s3cr3t-0123456789")]);
        for before in ["", "x", "xx", "xxx", "/x?api_key="] {
            for after in ["", "y", "yy", "&page=2"] {
                let text = format!("{before}s3cr3t-0123456789{after}");
                for base64 in [STANDARD_NO_PAD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
                    let clean = redactor.clean(&base64);
                    assert!(clean.contains("***"), "{text}: {clean}");
                    // an edge holds less than a byte of the secret
                    assert!(clean.len() <= base64.len() - 22 + 3, "{text}: {clean}");
                }
            }
        }
    }

    #[test]
    fn json_that_is_safe_for_html_is_json() {
        let redactor = Redactor::new([&Secret::new("s3cr&t<0123456789")]);
        assert_eq!(
            redactor.clean("no such key: s3cr\\u0026t\\u003c0123456789"),
            "no such key: ***"
        );
    }

    #[test]
    fn a_header_is_found_without_its_scheme() {
        let redactor = Redactor::new([&Secret::new("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")]);
        assert_eq!(
            redactor.clean("unknown client QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            "unknown client ***"
        );
    }

    #[test]
    fn signatures_do_not_drive_out_tokens() {
        let redactor = Redactor::new([]);
        redactor.learn(&Secret::new("the-token"));
        for n in 0..1_000 {
            redactor.learn_signature(&Secret::new(format!("signature-{n:04}")));
        }
        assert_eq!(
            redactor.clean("the-token signature-0999 signature-0001"),
            "*** *** signature-0001"
        );
    }

    #[test]
    fn secrets_can_be_learnt() {
        let redactor = Redactor::new([&Secret::new("first-secret")]);
        let token = |n: usize| format!("token-number-{n:04}");
        for n in 0..100 {
            redactor.learn(&Secret::new(token(n)));
            redactor.learn(&Secret::new(token(n)));
        }
        let text = format!("first-secret and {} and {}", token(99), token(36));
        assert_eq!(redactor.clean(&text), "*** and *** and ***");
    }

    #[test]
    fn texts_without_a_secret_stay_as_they_are() {
        let redactor = Redactor::new([&Secret::new("abc"), &Secret::new("")]);
        assert_eq!(redactor.clean("abc and more"), "abc and more");
    }
}
