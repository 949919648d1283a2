//! Settings that are no secrets, and may hold one.

/// Whether the text of a setting of the sync binary holds what others must not read: the password of
/// a database, the credentials of a proxy.
pub(crate) fn exposes(key: &str, text: &str) -> bool {
    match key {
        "destination" => user_info(text).is_some_and(|(_, user, _)| user.contains(':')),
        "proxy" => text.contains('@'),
        _ => false,
    }
}

/// The text with `***` for the user and the password of a URL.
pub(super) fn masked(text: &str) -> String {
    match user_info(text) {
        Some((scheme, _, rest)) => format!("{scheme}://***@{rest}"),
        // a proxy may stand without its scheme
        None => match text.rsplit_once('@') {
            Some((user, rest)) if user.contains(':') => format!("***@{rest}"),
            _ => text.to_owned(),
        },
    }
}

/// A URL around its user and password.
fn user_info(url: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let (user, rest) = rest.rsplit_once('@')?;
    Some((scheme, user, rest))
}
