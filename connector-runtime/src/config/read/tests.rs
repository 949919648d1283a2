//! Flags, the environment and defaults.

use super::*;
use crate::config::ConfigType;

const SPEC: &ConnectorSpec = &ConnectorSpec::EMPTY;
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
    Places::new(SPEC, Some(&flags), &env)
        .read(&[field])
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
    let env = |name: &str| (name == "X_LIMIT").then(|| OsString::from("a\nlot"));
    let error = Places::new(SPEC, Some(&|_| None), &env).read(&fields).unwrap_err();
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
    let error = Places::new(SPEC, None, &|_| None).read(&[OWNER]).unwrap_err();
    assert_eq!(error.to_string(), "`owner` is missing: set the environment variable `X_OWNER`");
}

#[test]
fn a_secret_is_not_shown() {
    let env = |_: &str| Some(OsString::from("hunter2"));
    let values = Places::new(SPEC, None, &env).read(&[KEY]).unwrap();
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
    let error = Places::new(SPEC, None, &env).read(&[KEY, OWNER]).unwrap_err().to_string();
    assert!(error.contains("`api_key`: the environment variable `X_KEY` is not UTF-8"), "{error}");
    assert!(error.contains("`owner`: the environment variable `X_OWNER` is not UTF-8"), "{error}");
}
