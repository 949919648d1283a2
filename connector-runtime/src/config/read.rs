//! Collects the text of every field, and everything that is wrong with them.

use std::env;
use std::ffi::OsString;

use zeroize::Zeroize;

use super::arms;
use super::types::{ConfigKind, Values};
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;
use crate::spec::{ConfigField, ConnectorSpec};

/// Longest part of a wrong text that a message shows.
const SHOWN: usize = 60;

/// The text that the command line gives for a flag.
type Flags<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The value of an environment variable of this process.
pub(crate) fn variable(name: &str) -> Option<OsString> {
    env::var_os(name)
}

/// The values of a connector's fields, for programs that have no command line of ours.
pub(crate) fn from_env(spec: &'static ConnectorSpec) -> Result<Values> {
    read_connector(spec, &[], None, &variable)
}

/// The values of `fields`, in their order.
///
/// Without `flags` there is no command line, and messages name none. A variable that is set but
/// empty counts as not set, except for a text, which may well be empty.
///
/// # Errors
///
/// One error for everything that is missing, empty, not UTF-8 or of the wrong kind.
#[cfg(any(feature = "cli", test))]
pub(crate) fn read(
    fields: &[ConfigField],
    flags: Option<Flags<'_>>,
    env: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Values> {
    let (texts, problems) = collect(fields, flags, env);
    one_error(problems)?;
    Ok(Values::new(texts.into_iter().map(Option::flatten).collect()))
}

/// The values of a connector's fields and of `more`, in this order. What the chosen arms of
/// `select(..)` need must be there, too.
///
/// # Errors
///
/// As [`read`].
pub(crate) fn read_connector(
    spec: &'static ConnectorSpec,
    more: &[ConfigField],
    flags: Option<Flags<'_>>,
    env: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Values> {
    let fields = [spec.config, more].concat();
    let (texts, mut problems) = collect(&fields, flags, env);
    let text = |name: &str| {
        let at = fields.iter().position(|field| field.name == name)?;
        texts[at].as_ref()
    };
    let missing = arms::missing(
        spec,
        |name| text(name)?.as_ref().map(|text| text.expose().to_owned()),
        // what is wrong with a field was said already
        |name| text(name).is_none_or(Option::is_some),
    );
    problems.extend(missing.iter().map(|missing| missing.problem(flags.is_some())));
    one_error(problems)?;
    Ok(Values::new(texts.into_iter().map(Option::flatten).collect()))
}

/// The text of each field (`None` inside: left out; outside: wrong), and what is wrong.
fn collect(
    fields: &[ConfigField],
    flags: Option<Flags<'_>>,
    env: &dyn Fn(&str) -> Option<OsString>,
) -> (Vec<Option<Option<Secret>>>, Vec<String>) {
    let mut problems = Vec::new();
    let texts = fields.iter().map(|field| match text(field, flags, env) {
        Ok(text) => Some(text),
        Err(problem) => {
            problems.push(problem);
            None
        }
    });
    (texts.collect(), problems)
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

/// The checked text of a field; `None` when it may be left out and was.
fn text(
    field: &ConfigField,
    flags: Option<Flags<'_>>,
    env: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Option<Secret>, String> {
    let ConfigField { name, flag, env: variable, default, optional, .. } = *field;
    // a secret has no flag: other users of the machine see command lines, and shells keep them
    let flags = flags.filter(|_| !field.is_secret());
    let from_flag = flags.and_then(|flags| flags(flag)).map(Secret::new);
    if let Some(text) = from_flag {
        return checked(field, text, &format!("`--{flag}`")).map(Some);
    }
    let mut is_empty = false;
    if let Some(value) = env(variable) {
        let text = utf8(value).ok_or_else(|| {
            format!("`{name}`: the environment variable `{variable}` is not UTF-8")
        })?;
        is_empty = text.expose().is_empty();
        if !is_empty || matches!(field.kind, ConfigKind::Text) {
            let place = format!("the environment variable `{variable}`");
            return checked(field, text, &place).map(Some);
        }
    }
    match default {
        Some(text) => checked(field, Secret::new(text), "its default").map(Some),
        None if optional => Ok(None),
        None => {
            let problem = if is_empty { "empty" } else { "missing" };
            Err(format!("`{name}` is {problem}: {}", pass(field, flags.is_some())))
        }
    }
}

fn utf8(value: OsString) -> Option<Secret> {
    match value.into_string() {
        Ok(text) => Some(Secret::new(text)),
        Err(value) => {
            value.into_encoded_bytes().zeroize();
            None
        }
    }
}

fn checked(field: &ConfigField, text: Secret, place: &str) -> Result<Secret, String> {
    let Err(expected) = (field.check)(text.expose()) else { return Ok(text) };
    let found = match field.is_secret() {
        true => String::new(),
        false => format!(", found `{}`", shown(text.expose())),
    };
    Err(format!("`{}` from {place}: expected {expected}{found}", field.name))
}

pub(super) fn shown(text: &str) -> String {
    let mut chars = text.chars();
    let mut shown: String = chars.by_ref().take(SHOWN).flat_map(char::escape_debug).collect();
    if chars.next().is_some() {
        shown.push_str("..");
    }
    shown
}

impl ConfigField {
    /// Whether the value must not be seen.
    pub(crate) const fn is_secret(&self) -> bool {
        matches!(self.kind, ConfigKind::Secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ConfigType;

    const OWNER: ConfigField = ConfigField::new::<String>("owner", "owner", "X_OWNER", "");
    const LIMIT: ConfigField = ConfigField::new::<u32>("page_limit", "page-limit", "X_LIMIT", "");
    const KEY: ConfigField = ConfigField::new::<Secret>("api_key", "api-key", "X_KEY", "");
    const TAGS: ConfigField = ConfigField::new::<Option<Vec<String>>>("tags", "tags", "X_TAGS", "");
    const OPTIONAL_KEY: ConfigField = ConfigField::new::<Option<Secret>>("key", "key", "X_KEY", "");

    type Pairs = &'static [(&'static str, &'static str)];

    fn find(pairs: Pairs, name: &str) -> Option<String> {
        pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    }

    fn one<T: ConfigType>(field: ConfigField, flags: Pairs, env: Pairs) -> Result<T, String> {
        let flags = |flag: &str| find(flags, flag);
        let env = |name: &str| find(env, name).map(OsString::from);
        read(&[field], Some(&flags), &env)
            .map(|mut values| values.take())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_flag_wins_over_the_environment_and_that_over_the_default() {
        let limit = LIMIT.default("1");
        let (flag, env): (Pairs, Pairs) = (&[("page-limit", "3")], &[("X_LIMIT", "2")]);
        assert_eq!(one::<u32>(limit, flag, env), Ok(3));
        assert_eq!(one::<u32>(limit, &[], env), Ok(2));
        assert_eq!(one::<u32>(limit, &[], &[]), Ok(1));
    }

    #[test]
    fn an_empty_variable_is_a_value_of_a_text_only() {
        assert_eq!(one::<String>(OWNER, &[], &[("X_OWNER", "")]), Ok(String::new()));
        assert_eq!(one::<u32>(LIMIT.default("7"), &[], &[("X_LIMIT", "")]), Ok(7));
        assert_eq!(one::<Option<Vec<String>>>(TAGS, &[], &[("X_TAGS", "")]), Ok(None));
        assert_eq!(one::<Option<Secret>>(OPTIONAL_KEY, &[], &[("X_KEY", "")]), Ok(None));
        let error = one::<Secret>(KEY, &[], &[("X_KEY", "")]).unwrap_err();
        assert_eq!(error, "`api_key` is empty: set the environment variable `X_KEY`");
    }

    #[test]
    fn a_secret_is_never_taken_from_a_flag() {
        let error = one::<Secret>(KEY, &[("api-key", "hunter2")], &[]).unwrap_err();
        assert_eq!(error, "`api_key` is missing: set the environment variable `X_KEY`");
    }

    #[test]
    fn every_problem_is_in_the_one_error() {
        let fields = [OWNER, LIMIT, KEY, TAGS];
        let error = read(&fields, Some(&|_| None), &|name| {
            (name == "X_LIMIT").then(|| OsString::from("a\nlot"))
        })
        .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert_eq!(
            error.to_string(),
            "3 problems in the configuration\n  \
             - `owner` is missing: pass `--owner TEXT` or set the environment variable `X_OWNER`\n  \
             - `page_limit` from the environment variable `X_LIMIT`: expected a whole number (u32), found `a\\nlot`\n  \
             - `api_key` is missing: set the environment variable `X_KEY`"
        );
    }

    #[test]
    fn without_a_command_line_no_flag_is_named() {
        let error = read(&[OWNER], None, &|_| None).unwrap_err();
        assert_eq!(error.to_string(), "`owner` is missing: set the environment variable `X_OWNER`");
    }

    #[test]
    fn a_secret_is_not_shown() {
        let values = read(&[KEY], None, &|_| Some(OsString::from("hunter2"))).unwrap();
        assert!(!format!("{values:?}").contains("hunter2"));
        let field = ConfigField { check: |_| Err("something else".to_owned()), ..KEY };
        let error = one::<Secret>(field, &[], &[("X_KEY", "hunter2")]).unwrap_err();
        assert!(error.contains("expected something else"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_no_text_are_a_problem() {
        use std::os::unix::ffi::OsStringExt;
        let env = |_: &str| Some(OsString::from_vec(vec![b'k', 0xff]));
        let error = read(&[KEY, OWNER], None, &env).unwrap_err().to_string();
        assert!(
            error.contains("`api_key`: the environment variable `X_KEY` is not UTF-8"),
            "{error}"
        );
        assert!(
            error.contains("`owner`: the environment variable `X_OWNER` is not UTF-8"),
            "{error}"
        );
    }
}
