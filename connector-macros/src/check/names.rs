//! Names: of connectors, resources and columns, and on the wire.

use syn::Ident;

use crate::diag::{At, Diag, Spans};

/// Names of connectors and resources become names of tables, files and environment variables.
pub(super) fn name(
    diag: &Diag,
    what: &str,
    given: Option<At<String>>,
    ident: &Ident,
    default: String,
) -> String {
    let (name, spans) = match given {
        Some(given) => (given.value, given.spans),
        None => (default.clone(), Spans::of(ident)),
    };
    let reserved = ["_connector", "sqlite_"].into_iter().find(|prefix| has_prefix(&name, prefix));
    if !is_plain(&name) {
        diag.error(
            spans,
            format!("the name of a {what} is made of letters, digits and `_`\nhelp: `name = \"{default}\"`"),
        );
    } else if let Some(prefix) = reserved {
        diag.error(
            spans,
            format!("names that start with `{prefix}` are reserved\nhelp: another `name = \"..\"`"),
        );
    }
    name
}

/// Letters, digits and `_`, no digit first.
pub(super) fn is_plain(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The runtime's own tables and columns, in any case: databases do not tell cases apart.
pub(super) fn is_reserved(name: &str) -> bool {
    ["_load_id", "_index"].iter().any(|own| name.eq_ignore_ascii_case(own))
        || ["_connector", "_parent_"].iter().any(|prefix| has_prefix(name, prefix))
}

pub(super) fn has_prefix(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
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
