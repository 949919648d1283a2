//! Settings that are no secrets, and may hold one.

use std::borrow::Cow;

/// Whether the text of a setting of the sync binary holds what others must not read: the password of
/// a database, the credentials of a proxy.
pub(crate) fn exposes(key: &str, text: &str) -> bool {
    match key {
        "destination" => has_password(text),
        "proxy" => text.contains('@'),
        _ => false,
    }
}

/// The text of a setting or a field with `***` for what others must not read.
pub(super) fn masked<'a>(key: &str, text: &'a str) -> Cow<'a, str> {
    if !exposes(key, text) && !has_password(text) {
        return Cow::Borrowed(text);
    }
    // the last one: a password may have the sign in it
    let (user, rest) = text.rsplit_once('@').unwrap_or(("", text));
    let scheme = user.split_once("://").map(|(scheme, _)| format!("{scheme}://"));
    Cow::Owned(format!("{}***@{rest}", scheme.unwrap_or_default()))
}

/// Whether a URL has a password.
fn has_password(url: &str) -> bool {
    let user = url.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@'));
    user.is_some_and(|(user, _)| user.contains(':'))
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn credentials_are_masked() {
        for (key, text, expected) in [
            ("destination", "postgres://me:p@ss@db/x", "postgres://***@db/x"),
            ("destination", "postgres://me@db/x", "postgres://me@db/x"),
            ("destination", "a@b.db", "a@b.db"),
            ("proxy", "http://me@proxy", "http://***@proxy"),
            ("proxy", "me:pw@proxy:3128", "***@proxy:3128"),
            ("url", "https://me:pw@host/", "https://***@host/"),
            ("people", "a:b@c", "a:b@c"),
        ] {
            assert_eq!(masked(key, text), expected, "{text}");
        }
    }
}
