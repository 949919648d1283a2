//! From the text of a file to its entries.

use toml::de::{DeTable, DeValue};

use super::kind::Raw;
use super::{Entry, File};
use crate::config::guess;
use crate::secret::Secret;

/// Which tables a walk has come through.
#[derive(Clone, Copy)]
struct Tables<'a> {
    profile: Option<&'a str>,
    is_own: bool,
    path: &'a str,
}

struct Walk<'a> {
    text: &'a str,
    connector: &'a str,
    file: File,
    problems: Vec<String>,
}

/// The file, and what is wrong with its tables.
///
/// # Errors
///
/// Where the text is no TOML. What stands there is not repeated: it may be a secret.
pub(super) fn parse(
    name: String,
    text: &str,
    connector: &str,
    is_private: bool,
) -> Result<(File, Vec<String>), String> {
    let root = DeTable::parse(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let in_line = before.rsplit('\n').next().unwrap_or_default();
        let (line, column) = (line(text, before.len()), in_line.chars().count() + 1);
        format!("`{name}:{line}:{column}`: {}", error.message())
    })?;
    let file = File {
        name,
        is_private,
        entries: Vec::new(),
        profiles: Vec::new(),
        connectors: Vec::new(),
    };
    let mut walk = Walk { text, connector, file, problems: Vec::new() };
    walk.table(root.get_ref(), Tables { profile: None, is_own: false, path: "" });
    walk.foreign_names();
    walk.file.entries.sort_by_key(|entry| entry.line);
    Ok((walk.file, walk.problems))
}

fn line(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

impl Walk<'_> {
    fn table(&mut self, table: &DeTable<'_>, tables: Tables<'_>) {
        let Tables { profile, is_own, path } = tables;
        for (key, value) in table {
            let (at, key) = (line(self.text, key.span().start), key.get_ref().as_ref());
            let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
            match key {
                "profile" if profile.is_none() && !is_own => {
                    self.named(
                        value.get_ref(),
                        at,
                        &path,
                        "a profile is chosen by `--profile` or `CONNECTOR_PROFILE`",
                        |walk, name, table, path| {
                            walk.file.profiles.push(name.to_owned());
                            walk.table(table, Tables { profile: Some(name), is_own, path });
                        },
                    );
                }
                "connector" if !is_own => {
                    self.named(
                        value.get_ref(),
                        at,
                        &path,
                        "it holds what is for one connector only",
                        |walk, name, table, path| {
                            walk.file.connectors.push(name.to_owned());
                            if name == walk.connector {
                                walk.table(table, Tables { profile, is_own: true, path });
                            }
                        },
                    );
                }
                _ => self.file.entries.push(Entry {
                    profile: profile.map(str::to_owned),
                    is_own,
                    key: key.to_owned(),
                    path,
                    line: at,
                    source: Secret::new(&self.text[value.span()]),
                    value: raw(value.get_ref()),
                }),
            }
        }
    }

    /// The tables of a table, by their names.
    fn named(
        &mut self,
        value: &DeValue<'_>,
        at: usize,
        path: &str,
        help: &str,
        mut each: impl FnMut(&mut Self, &str, &DeTable<'_>, &str),
    ) {
        let complain = |walk: &mut Self, at, path: &str| {
            walk.problems.push(format!(
                "`{}:{at}`: `{path}` is no table `[{path}.NAME]`; {help}",
                walk.file.name
            ));
        };
        let DeValue::Table(tables) = value else { return complain(self, at, path) };
        for (name, value) in tables {
            let at = line(self.text, name.span().start);
            let name = name.get_ref().as_ref();
            match value.get_ref() {
                DeValue::Table(table) => each(self, name, table, &format!("{path}.{name}")),
                _ => complain(self, at, path),
            }
        }
    }

    /// A table that is nearly this connector's, where it has none, is a mistake rather than
    /// another connector's.
    fn foreign_names(&mut self) {
        let Self { connector, file, problems, .. } = self;
        if file.connectors.iter().any(|name| name == connector) {
            return;
        }
        for name in &file.connectors {
            if guess::nearest(name, [*connector]).is_some() {
                problems.push(format!(
                    "`{}`: there is a table `[connector.{name}]`; did you mean `[connector.{connector}]`?",
                    file.name
                ));
            }
        }
    }
}

fn raw(value: &DeValue<'_>) -> Raw {
    match value {
        DeValue::Array(items) => Raw::List(items.iter().map(|item| raw(item.get_ref())).collect()),
        DeValue::Boolean(is) => Raw::Bool(*is),
        DeValue::Datetime(datetime) => Raw::Datetime(datetime.to_string()),
        DeValue::Float(number) => Raw::Float(number.as_str().to_owned()),
        DeValue::Integer(number) => {
            let decimal = i128::from_str_radix(number.as_str(), number.radix());
            Raw::Integer(decimal.map_or_else(|_| number.to_string(), |number| number.to_string()))
        }
        DeValue::String(text) => Raw::Text(Secret::new(text.as_ref())),
        DeValue::Table(_) => Raw::Table,
    }
}
