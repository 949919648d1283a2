//! Origins that a connector trusts.

use crate::diag::{At, Diag};

/// An origin is scheme, host and port (RFC 6454). What is beyond would look like a limit and be none.
pub(super) fn origins(diag: &Diag, raw: &[At<String>]) -> Vec<String> {
    for origin in raw {
        if let Err(message) = shape(&origin.value) {
            diag.error(origin.spans, message);
        }
    }
    raw.iter().map(|origin| origin.value.clone()).collect()
}

fn shape(text: &str) -> Result<(), String> {
    const EXAMPLE: &str = "`\"https://files.example.com\"`";
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(format!("`{text}` is not an origin\nhelp: as in {EXAMPLE}"));
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let odd = |c: char| !(c.is_ascii_alphanumeric() || "-._:[]".contains(c));
    if host.is_empty() || host.contains(odd) {
        return Err(format!(
            "`{rest}` is not a host\nhelp: one name without placeholders, as in {EXAMPLE}"
        ));
    }
    if scheme != "https" && !(scheme == "http" && super::auth::is_loopback(host)) {
        return Err(format!("a trusted origin is reached over https\nhelp: `\"https://{host}\"`"));
    }
    if rest != host {
        return Err(format!(
            "an origin is scheme, host and port; `{}` would limit nothing\nhelp: `\"{scheme}://{host}\"`",
            &rest[host.len()..]
        ));
    }
    Ok(())
}
