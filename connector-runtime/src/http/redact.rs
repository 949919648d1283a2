//! [`Redactor`]: takes secrets out of texts that came from outside.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::request::percent_encode_segment;
use crate::secret::Secret;

/// Shorter secrets are not searched for: they would be found in every text.
const SHORTEST: usize = 4;

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
        let mut needles: Vec<String> = Vec::new();
        for secret in secrets {
            let raw = secret.expose();
            if raw.len() < SHORTEST {
                continue;
            }
            let form: String = url::form_urlencoded::byte_serialize(raw.as_bytes()).collect();
            let json = serde_json::to_string(raw).unwrap_or_default();
            needles.extend([
                raw.to_owned(),
                percent_encode_segment(raw),
                form,
                json.trim_matches('"').to_owned(),
                STANDARD_NO_PAD.encode(raw),
                URL_SAFE_NO_PAD.encode(raw),
            ]);
        }
        // the longest first: an encoding may hold a part of another
        needles.sort_by_key(|needle| std::cmp::Reverse(needle.len()));
        needles.dedup();
        Self { needles: needles.into_iter().map(Secret::from).collect() }
    }

    /// The text with `***` for each secret in it.
    pub(crate) fn clean(&self, text: &str) -> String {
        self.needles.iter().fold(text.to_owned(), |text, needle| {
            if text.contains(needle.expose()) { text.replace(needle.expose(), "***") } else { text }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_of_a_secret_is_found() {
        let redactor = Redactor::new([&Secret::new("s3cr&t +\"/")]);
        for text in [
            "raw s3cr&t +\"/ end",
            "path /s3cr%26t%20%2B%22%2F end",
            "form key=s3cr%26t+%2B%22%2F end",
            "json \"s3cr&t +\\\"/\" end",
            "base64 czNjciZ0ICsiLw end",
        ] {
            let clean = redactor.clean(text);
            assert!(clean.contains("***") && clean.ends_with("end"), "{text} became {clean}");
        }
    }

    #[test]
    fn texts_without_a_secret_stay_as_they_are() {
        let redactor = Redactor::new([&Secret::new("abc"), &Secret::new("")]);
        assert_eq!(redactor.clean("abc and more"), "abc and more");
    }
}
