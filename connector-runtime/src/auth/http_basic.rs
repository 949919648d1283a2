//! `auth = http_basic(..)`: user name and password (RFC 7617).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::config::ConfigValue;
use crate::error::{Error, ErrorKind, Result};
use crate::instance::Instance;
use crate::secret::Secret;

/// The value of the header; `None` when both fields were left out.
pub(super) fn header(
    instance: &Instance,
    username: &str,
    password: Option<&str>,
) -> Result<Option<Secret>> {
    let user = instance.value(username);
    let password = password.map(|field| instance.value(field));
    let given = |value: &ConfigValue| !matches!(value, ConfigValue::None);
    match (given(user), password.is_some_and(given)) {
        (false, false) => return Ok(None),
        (false, true) => {
            let text = format!("there is a password, but `{username}` is missing");
            return Err(Error::new(ErrorKind::Config, text));
        }
        (true, _) => {}
    }
    let password = password.map_or("", text);
    match basic(text(user), password) {
        Ok(value) => Ok(Some(value)),
        Err(problem) => Err(Error::new(ErrorKind::Config, format!("`{username}` {problem}"))),
    }
}

/// The text of a field that is a `String` or a `Secret`; empty when it was left out.
pub(super) fn text(value: &ConfigValue) -> &str {
    match value {
        ConfigValue::Secret(secret) => secret.expose(),
        ConfigValue::Text(text) => text,
        ConfigValue::List(_) | ConfigValue::None => "",
    }
}

/// `Basic ..`. The text is UTF-8, which RFC 7617 (2.1) prefers.
fn basic(username: &str, password: &str) -> Result<Secret, &'static str> {
    if username.contains(':') {
        return Err("has a colon, which ends a user name");
    }
    if username.chars().chain(password.chars()).any(char::is_control) {
        return Err("or its password has a control character, a line break perhaps");
    }
    Ok(encode(username, password))
}

/// `Basic ..`, whatever is in the two texts.
pub(super) fn encode(username: &str, password: &str) -> Secret {
    let pair = Secret::new(format!("{username}:{password}"));
    Secret::new(format!("Basic {}", STANDARD.encode(pair.expose())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_passwords() {
        for (username, password, expected) in [
            // the example of RFC 7617
            ("Aladdin", "open sesame", Ok("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")),
            // the second example, in UTF-8
            ("test", "123£", Ok("Basic dGVzdDoxMjPCow==")),
            // a key as user name
            ("key", "", Ok("Basic a2V5Og==")),
            ("", "secret", Ok("Basic OnNlY3JldA==")),
            // only the first colon ends the name
            ("a", "b:c", Ok("Basic YTpiOmM=")),
            ("a:b", "c", Err("has a colon, which ends a user name")),
            ("a", "b\n", Err("or its password has a control character, a line break perhaps")),
        ] {
            let found = basic(username, password);
            let found = found.as_ref().map(Secret::expose).map_err(|problem| *problem);
            assert_eq!(found, expected, "{username:?} {password:?}");
        }
    }
}
