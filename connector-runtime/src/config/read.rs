//! Looks for the text of every field, and collects everything that is wrong with them.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use zeroize::Zeroize;

#[cfg(feature = "toml")]
use super::file::File;
use super::origin::Origin;
use super::types::{ConfigKind, Values};
use super::{arms, guess, mounted, sources};
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;
use crate::spec::{ConfigField, ConnectorSpec};

/// Longest part of a wrong text that a message shows.
const SHOWN: usize = 60;

/// The text that the command line gives for a flag.
pub(crate) type Flags<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The value of an environment variable.
pub(crate) type Env<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// The value of an environment variable of this process.
pub(crate) fn variable(name: &str) -> Option<OsString> {
    env::var_os(name)
}

/// The values of a connector's fields from the environment and from nowhere else.
pub(crate) fn from_env(spec: &'static ConnectorSpec) -> Result<Values> {
    Places::new(spec, None, &variable).connector(&[])
}

/// Every place that may have a text for a field; [`Sources`](super::Sources) opens them.
///
/// Without `flags` there is no command line, and messages name none.
pub(crate) struct Places<'a> {
    pub(super) spec: &'static ConnectorSpec,
    flags: Option<Flags<'a>>,
    pub(super) env: Env<'a>,
    set: &'a [(String, Secret)],
    mounted: Option<PathBuf>,
    /// The first one that has a text counts.
    #[cfg(feature = "toml")]
    pub(super) files: Vec<File>,
    pub(super) profile: Option<String>,
    /// What is wrong with the places themselves.
    pub(super) problems: Vec<String>,
    /// A file could not be read: nobody knows what it would have said.
    pub(super) is_unread: bool,
}

/// A text for a field, and where it was found.
pub(super) struct Given {
    pub(super) text: Secret,
    pub(super) origin: Origin,
    pub(super) found: Found,
}

/// What a message shows of a text that does not fit.
#[cfg_attr(not(feature = "toml"), expect(dead_code, reason = "files alone have more than a text"))]
pub(super) enum Found {
    /// It stands among secrets.
    Hidden,
    /// The text itself, unless the field is a secret.
    Itself,
    /// What stands in a file for the text.
    Source(Secret),
}

/// What a search for a field has come to.
pub(super) enum Searched {
    /// Checked.
    Given(Given),
    /// Nobody has said anything, nor has to.
    LeftOut,
    /// Nobody has said anything of what must be said.
    Missing(String),
    /// What was said is no value of the field.
    Wrong(String),
}

impl<'a> Places<'a> {
    /// Flags and the environment.
    pub(super) fn new(
        spec: &'static ConnectorSpec,
        flags: Option<Flags<'a>>,
        env: Env<'a>,
    ) -> Self {
        Self {
            spec,
            flags,
            env,
            set: &[],
            mounted: None,
            #[cfg(feature = "toml")]
            files: Vec::new(),
            profile: None,
            problems: Vec::new(),
            is_unread: false,
        }
    }

    /// Adds what the program says itself.
    pub(super) fn set(&mut self, values: &'a [(String, Secret)]) {
        for (key, _) in values {
            if !self.spec.config.iter().any(|field| field.key() == *key) {
                let unknown = self.unknown("the program sets", key, &[]);
                self.problems.push(unknown);
            }
        }
        self.set = values;
    }

    /// Adds the folder of mounted secrets.
    pub(super) fn mount(&mut self) {
        match mounted::folder(self.env) {
            Ok(folder) => self.mounted = Some(folder),
            Err(problem) => {
                self.problems.push(problem);
                self.is_unread = true;
            }
        }
    }

    /// The values of `fields`, in their order.
    ///
    /// A text that is set but empty counts as not set, except for a text, which may well be empty.
    ///
    /// # Errors
    ///
    /// One error for everything that is missing, empty, not UTF-8 or of the wrong kind.
    #[cfg(any(feature = "cli", test))]
    pub(crate) fn read(&self, fields: &[ConfigField]) -> Result<Values> {
        let (texts, problems) = self.collect(fields);
        one_error(problems)?;
        Ok(Values::new(texts.into_iter().map(Option::flatten).collect()))
    }

    /// The same, whatever is wrong with the files: whoever reads the fields says it.
    ///
    /// # Errors
    ///
    /// As [`Self::read`].
    #[cfg(feature = "cli")]
    pub(crate) fn read_settings(&self, fields: &[ConfigField]) -> Result<Values> {
        let (texts, mut problems) = self.collect(fields);
        one_error(problems.split_off(self.problems.len()))?;
        Ok(Values::new(texts.into_iter().map(Option::flatten).collect()))
    }

    /// The values of the connector's fields and of `more`, in this order. What the chosen arms of
    /// `select(..)` need must be there, too.
    ///
    /// # Errors
    ///
    /// As [`Self::read`].
    pub(crate) fn connector(&self, more: &[ConfigField]) -> Result<Values> {
        let fields = [self.spec.config, more].concat();
        let (texts, mut problems) = self.collect(&fields);
        problems.extend(self.missing(&fields, |at| match &texts[at] {
            Some(text) => Ok(text.as_ref().map(Secret::expose)),
            None => Err(()),
        }));
        one_error(problems)?;
        Ok(Values::new(texts.into_iter().map(Option::flatten).collect()))
    }

    /// The text of each field (`None` inside: left out; outside: wrong), and what is wrong.
    fn collect(&self, fields: &[ConfigField]) -> (Vec<Option<Option<Secret>>>, Vec<String>) {
        let mut problems = self.problems.clone();
        let texts = fields.iter().map(|field| match self.search(field) {
            Searched::Given(given) => Some(Some(given.text)),
            Searched::LeftOut => Some(None),
            // it may stand in the file that cannot be read
            Searched::Missing(_) if self.is_unread => None,
            Searched::Missing(problem) | Searched::Wrong(problem) => {
                problems.push(problem);
                None
            }
        });
        (texts.collect(), problems)
    }

    /// What is missing of what the chosen arms of `select(..)` need. `text` gives the text of the
    /// field at a place, or an error where something is wrong with it, which was said already.
    pub(super) fn missing<'t>(
        &self,
        fields: &[ConfigField],
        text: impl Fn(usize) -> Result<Option<&'t str>, ()>,
    ) -> Vec<String> {
        if self.is_unread {
            return Vec::new();
        }
        let at = |name: &str| fields.iter().position(|field| field.name == name);
        let missing = arms::missing(
            self.spec,
            |name| text(at(name)?).ok()?.map(str::to_owned),
            |name| at(name).is_none_or(|at| !matches!(text(at), Ok(None))),
        );
        missing.iter().map(|missing| missing.problem(self.flags.is_some())).collect()
    }

    /// The checked text of a field.
    pub(super) fn search(&self, field: &ConfigField) -> Searched {
        let mut is_empty = false;
        for find in [Self::flag, Self::program, Self::variable, Self::secret_file, Self::file] {
            match find(self, field) {
                Ok(None) => {}
                Ok(Some(given)) if self.is_nothing(field, &given) => is_empty = true,
                Ok(Some(given)) => return checked(field, given),
                Err(problem) => return Searched::Wrong(problem),
            }
        }
        match field.default {
            Some(text) => {
                let text = Secret::new(text);
                checked(field, Given { text, origin: Origin::Default, found: Found::Itself })
            }
            None if field.optional => Searched::LeftOut,
            None => {
                let problem = if is_empty { "empty" } else { "missing" };
                let pass = pass(field, self.flags.is_some() && !field.is_secret());
                Searched::Missing(format!("`{}` is {problem}: {pass}", field.name))
            }
        }
    }

    /// Whether a text is empty and counts as none for that: not on a command line, where somebody has
    /// typed it, and not for a text of the connector's own, which may well be empty.
    fn is_nothing(&self, field: &ConfigField, given: &Given) -> bool {
        let takes_empty = || {
            let is_setting = sources::PROGRAM.contains(&field.key().as_str())
                && !self.spec.config.iter().any(|own| own.flag == field.flag);
            matches!(field.kind, ConfigKind::Text) && !is_setting
        };
        // an empty list of a file is written as such
        let is_list = matches!(field.kind, ConfigKind::List(_))
            && matches!(given.origin, Origin::File { .. });
        let is_typed = matches!(given.origin, Origin::Flag { .. });
        given.text.expose().is_empty() && !is_typed && !is_list && !takes_empty()
    }

    fn flag(&self, field: &ConfigField) -> Result<Option<Given>, String> {
        // a secret has no flag: other users of the machine see command lines, and shells keep them
        let flags = self.flags.filter(|_| !field.is_secret());
        let text = flags.and_then(|flags| flags(field.flag)).map(Secret::new);
        let origin = Origin::Flag { flag: field.flag };
        Ok(text.map(|text| Given { text, origin, found: Found::Itself }))
    }

    fn program(&self, field: &ConfigField) -> Result<Option<Given>, String> {
        let key = field.key();
        let last = self.set.iter().rev().find(|(name, _)| *name == key);
        Ok(last.map(|(_, text)| Given {
            text: text.clone(),
            origin: Origin::Program,
            found: Found::Itself,
        }))
    }

    fn variable(&self, field: &ConfigField) -> Result<Option<Given>, String> {
        let ConfigField { name, env: variable, .. } = *field;
        let Some(value) = (self.env)(variable) else { return Ok(None) };
        let text = utf8(value).ok_or_else(|| {
            format!("`{name}`: the environment variable `{variable}` is not UTF-8")
        })?;
        Ok(Some(Given { text, origin: Origin::Variable { variable }, found: Found::Itself }))
    }

    fn secret_file(&self, field: &ConfigField) -> Result<Option<Given>, String> {
        let Some(folder) = &self.mounted else { return Ok(None) };
        let found = mounted::find(folder, field.env)
            .map_err(|problem| format!("`{}`: {problem}", field.name))?;
        Ok(found.map(|(file, text)| Given {
            text,
            origin: Origin::SecretFile { file },
            found: Found::Itself,
        }))
    }

    #[cfg(feature = "toml")]
    fn file(&self, field: &ConfigField) -> Result<Option<Given>, String> {
        let found = self.files.iter().find_map(|file| file.find(field, self.profile.as_deref()));
        found.transpose()
    }

    #[cfg(not(feature = "toml"))]
    fn file(&self, _: &ConfigField) -> Result<Option<Given>, String> {
        Ok(None)
    }

    /// "the program sets `ownr`; did you mean `owner`?", "unknown key `x`; the fields of ..".
    pub(super) fn unknown(&self, what: &str, key: &str, more: &[&str]) -> String {
        let keys: Vec<_> = self.spec.config.iter().map(ConfigField::key).collect();
        let known = keys.iter().map(String::as_str).chain(more.iter().copied());
        let name = self.spec.name;
        let help = match guess::nearest(key, known) {
            Some(guess) => format!("did you mean `{guess}`?"),
            None if keys.is_empty() => format!("`{name}` has no fields"),
            None => format!("the fields of `{name}` are `{}`", keys.join("`, `")),
        };
        format!("{what} `{key}`; {help}")
    }
}

/// Everything that is wrong, as one error.
pub(crate) fn one_error(mut problems: Vec<String>) -> Result<()> {
    match problems.len() {
        0 => Ok(()),
        1 => Err(Error::new(ErrorKind::Config, problems.remove(0))),
        n => {
            let list = problems.join("\n  - ");
            Err(Error::new(
                ErrorKind::Config,
                format!("{n} problems in the configuration\n  - {list}"),
            ))
        }
    }
}

/// What to do about a field that is missing.
pub(super) fn pass(field: &ConfigField, has_flag: bool) -> String {
    let ConfigField { flag, env, .. } = field;
    match has_flag {
        true => {
            let value = field.kind.placeholder();
            format!("pass `--{flag} {value}` or set the environment variable `{env}`")
        }
        false => format!("set the environment variable `{env}`"),
    }
}

pub(super) fn utf8(value: OsString) -> Option<Secret> {
    match value.into_string() {
        Ok(text) => Some(Secret::new(text)),
        Err(value) => {
            value.into_encoded_bytes().zeroize();
            None
        }
    }
}

fn checked(field: &ConfigField, given: Given) -> Searched {
    match (field.check)(given.text.expose()) {
        Ok(()) => Searched::Given(given),
        Err(expected) => {
            let found = match &given.found {
                Found::Hidden => None,
                Found::Itself => Some(&given.text),
                Found::Source(source) => Some(source),
            };
            Searched::Wrong(wrong(field, &given.origin, &expected, found))
        }
    }
}

/// "`size` from `connector.toml:3`: expected a whole number (u32), found `many`".
pub(super) fn wrong(
    field: &ConfigField,
    origin: &Origin,
    expected: &str,
    found: Option<&Secret>,
) -> String {
    let found = found.filter(|_| !field.is_secret());
    let found = found.map(|text| format!(", found `{}`", shown(text.expose()))).unwrap_or_default();
    let name = match origin {
        Origin::File { .. } => field.key(),
        _ => field.name.to_owned(),
    };
    format!("`{name}` from {origin}: expected {expected}{found}")
}

pub(super) fn shown(text: &str) -> String {
    let mut chars = text.chars();
    let mut shown = String::new();
    for char in chars.by_ref().take(SHOWN) {
        match char {
            '"' | '\'' => shown.push(char),
            _ => shown.extend(char.escape_debug()),
        }
    }
    if chars.next().is_some() {
        shown.push_str("..");
    }
    shown
}

#[cfg(test)]
mod tests;
