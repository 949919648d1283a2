//! `connector.toml`, the secrets file beside it, and which of their tables count.
//!
//! A file holds keys for every program that reads it, tables `[connector.NAME]` for one of them,
//! and tables `[profile.NAME]`, in which the same may stand once more. The profile goes before what
//! stands outside of it, and in each the connector's table before what is for all.

mod kind;
mod open;
mod parse;

pub(super) use self::kind::expected;
use self::kind::{Raw, text};
#[cfg(feature = "cli")]
pub(crate) use self::open::chosen;
pub(crate) use self::open::secrets_of;
use super::exposed::exposes;
use super::origin::Origin;
use super::read::{Found, Given, Places, wrong};
use super::sources::PROGRAM;
use crate::secret::Secret;
use crate::spec::ConfigField;

/// A configuration file that was read.
pub(super) struct File {
    /// As it was named.
    name: String,
    /// Nobody else can read it.
    is_private: bool,
    entries: Vec<Entry>,
    profiles: Vec<String>,
    /// Connectors that have a table of their own.
    connectors: Vec<String>,
}

/// A key with its value.
struct Entry {
    profile: Option<String>,
    /// It stands in the table of this connector.
    is_own: bool,
    key: String,
    /// The key with its tables: `profile.prod.owner`.
    path: String,
    line: usize,
    value: Raw,
    /// The value as it is written.
    source: Secret,
}

impl Places<'_> {
    /// The files that were read, as they were named.
    pub(super) fn file_names(&self) -> Vec<String> {
        self.files.iter().map(|file| file.name.clone()).collect()
    }
}

impl File {
    /// The value of a field: of the profile, where it has one.
    pub(super) fn find(
        &self,
        field: &ConfigField,
        profile: Option<&str>,
    ) -> Option<Result<Given, String>> {
        let key = field.key();
        let counts =
            |entry: &&Entry| entry.profile.is_none() || entry.profile.as_deref() == profile;
        let named = self.entries.iter().filter(|entry| entry.key == key).filter(counts);
        let entry = named.max_by_key(|entry| (entry.profile.is_some(), entry.is_own))?;
        let origin = Origin::File {
            file: self.name.clone(),
            line: entry.line,
            profile: entry.profile.clone(),
        };
        let source = (!self.is_private).then_some(&entry.source);
        Some(match text(field.kind, &entry.value) {
            Some(text) => {
                let found = source.cloned().map_or(Found::Hidden, Found::Source);
                Ok(Given { text, origin, found })
            }
            None => Err(wrong(field, &origin, &expected(field.kind), source)),
        })
    }

    /// What no program may find in the file: unknown keys, and secrets that others can read.
    fn problems(&self, places: &Places<'_>) -> Vec<String> {
        let spec = places.spec;
        let mut problems = Vec::new();
        for entry in &self.entries {
            let Entry { key, path, line, .. } = entry;
            let place = format!("`{}:{line}`", self.name);
            let field = spec.config.iter().find(|field| field.key() == *key);
            let is_secret = match field {
                Some(field) => field.is_secret(),
                None => matches!(&entry.value, Raw::Text(text) if exposes(key, text.expose())),
            };
            if is_secret && !self.is_private {
                problems.push(format!(
                    "{place}: `{path}` is a secret; move it to `{}`, which nobody else may read",
                    secrets_of(self.name.as_ref()).display()
                ));
            }
            if field.is_some() || PROGRAM.contains(&key.as_str()) {
                continue;
            }
            problems.push(if key == spec.name && matches!(entry.value, Raw::Table) {
                format!("{place}: unknown key `{path}`; did you mean `[connector.{key}]`?")
            } else {
                let more = [&PROGRAM[..], &["profile", "connector"]].concat();
                let mut text = places.unknown(&format!("{place}: unknown key"), key, &more);
                let is_shared = !entry.is_own && self.connectors.iter().any(|one| one != spec.name);
                if is_shared {
                    text.push_str(" (what only another connector knows belongs in its own table)");
                }
                text
            });
        }
        problems
    }
}

#[cfg(test)]
mod tests;
