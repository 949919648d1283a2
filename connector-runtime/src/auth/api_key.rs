//! `auth = api_key(..)`: a key under a name of the API's choice.

use crate::error::{Error, ErrorKind, Result};
use crate::http::Request;
use crate::secret::Secret;
use crate::spec::KeyLocation;

/// A key and where it goes.
#[derive(Debug)]
pub(super) struct ApiKey {
    name: &'static str,
    location: KeyLocation,
    /// The header's value for a cookie, else the key.
    value: Secret,
}

impl ApiKey {
    pub(super) fn new(
        name: &'static str,
        location: KeyLocation,
        field: &str,
        key: &Secret,
    ) -> Result<Self> {
        let value = match location {
            KeyLocation::Cookie => {
                if !key.expose().chars().all(is_cookie_octet) {
                    return Err(Error::new(
                        ErrorKind::Config,
                        format!("`{field}` has a character that a cookie cannot carry"),
                    )
                    .with_help("spaces, quotes, commas, semicolons and backslashes end a cookie's value; check what was copied"));
                }
                Secret::new(format!("{name}={}", key.expose()))
            }
            KeyLocation::Header | KeyLocation::Query => key.clone(),
        };
        Ok(Self { name, location, value })
    }

    pub(super) fn sign(&self, request: &mut Request) {
        let value = self.value.clone();
        match self.location {
            KeyLocation::Cookie => request.push_secret_header("cookie", value),
            KeyLocation::Header => request.push_secret_header(self.name, value),
            KeyLocation::Query => request.push_secret_param(self.name, value),
        }
    }
}

/// What the value of a cookie is made of (RFC 6265, 4.1.1).
fn is_cookie_octet(c: char) -> bool {
    c.is_ascii_graphic() && !matches!(c, '"' | ',' | ';' | '\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_not_cut_short() {
        let new = |key: &str| ApiKey::new("sid", KeyLocation::Cookie, "session", &Secret::new(key));
        assert_eq!(new("a/b+c==").expect("a cookie").value.expose(), "sid=a/b+c==");
        for key in ["a;b", "a b", "a,b", "a\"b", "a\\b", "ä", "a\r\nb"] {
            let error = new(key).expect_err("no cookie").to_string();
            assert!(error.starts_with("`session` has a character"), "{error}");
            assert!(!error.contains(key), "{error}");
        }
    }
}
