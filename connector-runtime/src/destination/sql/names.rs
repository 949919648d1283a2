//! Names: quoted whatever is in them, and short enough.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::destination::Load;
use crate::error::{Error, ErrorKind, Result};

use super::Space;

/// Characters of the digest in a shortened name.
const DIGEST: usize = 12;

/// A name as an identifier, whatever is in it.
pub(in crate::destination) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A name of at most `longest` bytes: its beginning, and a digest of the whole of it.
pub(super) fn shorten(name: &str, longest: usize) -> Cow<'_, str> {
    if name.len() <= longest {
        return Cow::Borrowed(name);
    }
    let mut end = longest - DIGEST - 1;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    let digest = hmac_sha256::Hash::hash(name.as_bytes());
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).take(DIGEST / 2).collect();
    Cow::Owned(format!("{}_{digest}", &name[..end]))
}

/// Two tables, or two columns of one, must not become one by shortening. (A name that a person gave
/// could be the shortened one of another.)
pub(in crate::destination) fn check_names(space: &Space, loads: &[Load]) -> Result<()> {
    let stored = || loads.iter().filter(|load| load.store);
    let tables = || stored().flat_map(|load| load.tables.iter());
    distinct(space, tables().map(|table| table.name.as_str()), "tables")?;
    for table in tables() {
        let columns = table.columns.iter().map(|column| column.name.as_str());
        distinct(space, columns, &format!("columns of table `{}`", table.name))?;
    }
    Ok(())
}

fn distinct<'a>(space: &Space, names: impl Iterator<Item = &'a str>, what: &str) -> Result<()> {
    let mut seen = HashMap::new();
    for name in names {
        let short = space.bare(name).to_lowercase();
        let Some(other) = seen.insert(short, name) else { continue };
        let message = format!(
            "the {what} `{other}` and `{name}` would both be called `{}`, the longest name that the destination takes",
            space.bare(name)
        );
        return Err(Error::new(ErrorKind::Config, message)
            .with_help("give one of them a shorter name: `name = \"..\"` or another field name"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortened() {
        let long = "a".repeat(64);
        let other = format!("{}b", "a".repeat(63));
        assert_eq!(shorten(&long[..63], 63), &long[..63]);
        assert_eq!(shorten(&long, 63).len(), 63);
        assert_eq!(shorten(&long, 63), shorten(&long, 63), "always the same");
        assert_ne!(shorten(&long, 63), shorten(&other, 63));
        // no half characters
        let wide = "é".repeat(40);
        assert!(shorten(&wide, 63).len() <= 63);
        assert!(shorten(&wide, 63).starts_with('é'));
    }

    #[test]
    fn quoted() {
        assert_eq!(quote("plain"), "\"plain\"");
        assert_eq!(quote("a\"; DROP TABLE b; --"), "\"a\"\"; DROP TABLE b; --\"");
    }
}
