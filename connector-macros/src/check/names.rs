//! Names: of connectors, resources and columns, and on the wire.

use crate::diag::{At, Diag};

/// Names of connectors and resources become names of tables, files and environment variables.
pub(super) fn name(diag: &Diag, what: &str, given: Option<At<String>>, default: String) -> String {
    let Some(given) = given else { return default };
    let mut chars = given.value.chars();
    let fits = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !fits {
        diag.error(
            given.spans,
            format!("the name of a {what} is made of letters, digits and `_`\nhelp: `name = \"{default}\"`"),
        );
    } else if is_reserved(&given.value) {
        diag.error(given.spans, "names that start with `_connector` are reserved");
    }
    given.value
}

/// The runtime's own tables and columns.
pub(super) fn is_reserved(name: &str) -> bool {
    name == "_load_id" || name.starts_with("_connector")
}

/// Whether `name` is a token of RFC 9110: what a header can be called.
pub(super) fn is_token(name: &str) -> bool {
    !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c))
}

/// A header's name.
pub(super) fn header(diag: &Diag, name: &At<String>) {
    // the HTTP client writes these; a second one would contradict it
    const CLIENT: [&str; 5] = ["connection", "content-length", "host", "te", "transfer-encoding"];
    if !is_token(&name.value) {
        diag.error(
            name.spans,
            format!(
                "{:?} cannot be the name of a header\nhelp: letters, digits and `-`",
                name.value
            ),
        );
    } else if CLIENT.iter().any(|own| name.value.eq_ignore_ascii_case(own)) {
        diag.error(name.spans, format!("the HTTP client writes `{}` itself", name.value));
    }
}
