//! The configuration as one JSON object, as platforms hand it over. Nothing else counts beside it: who
//! reads the object sees all that there is.

use serde_json::{Map, Value};

use super::arms;
use super::file::expected;
use super::guess::nearest;
use super::read::{one_error, shown};
use super::types::{ConfigKind, Values, list};
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;
use crate::spec::{ConfigField, ConnectorSpec};

/// Keys that begin so are the platform's own.
const FOREIGN: char = '_';

/// The values of a connector's fields and of `more`, in this order; those of `more` that are not
/// `known` have their defaults. Of several documents the later ones win, key by key.
///
/// # Errors
///
/// One error for everything that is missing, unknown or of the wrong kind; no secret is in it.
pub(crate) fn from_documents(
    spec: &'static ConnectorSpec,
    more: &[ConfigField],
    known: &dyn Fn(&ConfigField) -> bool,
    documents: &[String],
) -> Result<Values> {
    let mut object = Map::new();
    for document in documents {
        // what the parser says of a wrong text may repeat a part of it
        let members: Map<String, Value> = serde_json::from_str(document).map_err(|error| {
            let place = format!("line {}, column {}", error.line(), error.column());
            let text = format!("the configuration is no JSON object: {place} is wrong");
            Error::new(ErrorKind::Config, text)
        })?;
        object.extend(members);
    }
    let fields = [spec.config, more].concat();
    let is_known =
        |field: &ConfigField| spec.config.iter().any(|own| own.name == field.name) || known(field);
    let mut problems = Vec::new();
    for key in object.keys().filter(|key| !key.starts_with(FOREIGN)) {
        if !fields.iter().any(|field| is_known(field) && field.key() == *key) {
            problems.push(unknown(key, fields.iter().filter(|field| is_known(field))));
        }
    }
    let mut texts = Vec::with_capacity(fields.len());
    for field in &fields {
        let given = object.get(&field.key()).filter(|_| is_known(field));
        texts.push(match text(field, given) {
            Ok(text) => Some(text),
            Err(problem) => {
                problems.push(problem);
                None
            }
        });
    }
    let at = |name: &str| fields.iter().position(|field| field.name == name);
    let missing = arms::missing(
        spec,
        |name| texts[at(name)?].as_ref()?.as_ref().map(|text| text.expose().to_owned()),
        // what is wrong with a field was said already
        |name| at(name).is_none_or(|at| !matches!(texts[at], Some(None))),
    );
    problems.extend(missing.iter().map(arms::Missing::of_document));
    one_error(problems)?;
    Ok(Values::new(texts.into_iter().map(Option::flatten).collect()))
}

/// The checked text of a field; `None` when it may be left out and was.
fn text(field: &ConfigField, given: Option<&Value>) -> Result<Option<Secret>, String> {
    let key = field.key();
    let text = match given {
        None | Some(Value::Null) => None,
        Some(value) => Some(Secret::new(as_text(field.kind, value).ok_or_else(|| {
            format!("`{key}`: expected {}, found {}", expected(field.kind), kind(value))
        })?)),
    };
    // forms have empty texts where nothing was filled in
    let takes_empty = matches!(field.kind, ConfigKind::Text | ConfigKind::List(_));
    let text = text.filter(|text| takes_empty || !text.expose().is_empty());
    match (text, field.default) {
        (Some(text), _) => match (field.check)(text.expose()) {
            Ok(()) => Ok(Some(text)),
            Err(expected) if field.is_secret() => Err(format!("`{key}`: expected {expected}")),
            Err(expected) => {
                let found = shown(text.expose());
                Err(format!("`{key}`: expected {expected}, found `{found}`"))
            }
        },
        (None, Some(default)) => Ok(Some(Secret::new(default))),
        (None, None) if field.optional => Ok(None),
        (None, None) => Err(format!("`{key}` is missing")),
    }
}

/// The text that stands for a value.
fn as_text(kind: ConfigKind, value: &Value) -> Option<String> {
    match (kind, value) {
        (_, Value::String(text)) => Some(text.clone()),
        (ConfigKind::Bool, Value::Bool(value)) => Some(value.to_string()),
        (ConfigKind::Integer | ConfigKind::Float, Value::Number(number)) => {
            Some(number.to_string())
        }
        (ConfigKind::List(kind), Value::Array(values)) => {
            let texts = values.iter().map(|value| as_text(*kind, value));
            list(texts.collect::<Option<Vec<_>>>()?.iter().map(String::as_str))
        }
        _ => None,
    }
}

/// What a value is, for messages.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "a list",
        Value::Bool(_) => "a boolean",
        Value::Null => "null",
        Value::Number(_) => "a number",
        Value::Object(_) => "an object",
        Value::String(_) => "a text",
    }
}

fn unknown<'a>(key: &str, fields: impl Iterator<Item = &'a ConfigField>) -> String {
    let keys: Vec<_> = fields.map(ConfigField::key).collect();
    match nearest(key, keys.iter().map(String::as_str)) {
        Some(guess) => format!("unknown key `{key}`; did you mean `{guess}`?"),
        None => format!("unknown key `{key}`; those that there are: `{}`", keys.join("`, `")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ConfigType;

    const FIELDS: &[ConfigField] = &[
        ConfigField::new::<Secret>("api_key", "api-key", "X_KEY", ""),
        ConfigField::new::<String>("owner", "the-owner", "X_OWNER", "").default("me"),
        ConfigField::new::<Option<u32>>("size", "size", "X_SIZE", ""),
        ConfigField::new::<Option<Vec<String>>>("tags", "tags", "X_TAGS", ""),
        ConfigField::new::<bool>("deep", "deep", "X_DEEP", "").default("false"),
    ];

    static SPEC: ConnectorSpec = ConnectorSpec { config: FIELDS, ..ConnectorSpec::EMPTY };

    const MORE: &[ConfigField] = &[
        ConfigField::new::<Option<String>>("base_url", "base-url", "X_BASE_URL", ""),
        ConfigField::new::<String>("destination", "destination", "X_TO", "").default("x.db"),
    ];

    type Read = (String, String, Option<u32>, Option<Vec<String>>, bool, Option<String>, String);

    fn read(documents: &[&str]) -> Result<Read, String> {
        let documents: Vec<_> = documents.iter().map(|text| (*text).to_owned()).collect();
        let known = |field: &ConfigField| field.name == "base_url";
        let mut values =
            from_documents(&SPEC, MORE, &known, &documents).map_err(|error| error.to_string())?;
        let key: Secret = values.take();
        Ok((
            key.expose().to_owned(),
            values.take(),
            values.take(),
            values.take(),
            values.take(),
            values.take(),
            values.take(),
        ))
    }

    #[test]
    fn values_are_of_the_kinds_that_json_has() {
        let document = r#"{"api_key": "k", "the_owner": "", "size": 5, "tags": ["a", "b"],
            "deep": true, "base_url": "http://x", "_airbyte": {}}"#;
        let tags = Some(vec!["a".to_owned(), "b".to_owned()]);
        let url = Some("http://x".to_owned());
        let expected = ("k".to_owned(), String::new(), Some(5), tags, true, url, "x.db".to_owned());
        assert_eq!(read(&[document]), Ok(expected));
    }

    #[test]
    fn texts_will_do_and_the_last_document_wins() {
        let first = r#"{"api_key": "k", "size": "5", "tags": "a,b", "deep": "true"}"#;
        let second = r#"{"size": 7, "tags": [], "deep": null}"#;
        let (_, owner, size, tags, deep, url, _) = read(&[first, second]).unwrap();
        assert_eq!(
            (owner.as_str(), size, tags, deep, url),
            ("me", Some(7), Some(vec![]), false, None)
        );
    }

    #[test]
    fn everything_that_is_wrong_is_said_and_no_secret_is() {
        let document = r#"{"api_key": ["hunter2"], "size": "many", "tags": [["a"]], "deep": {},
            "destination": "x", "Size": 1}"#;
        let error = read(&[document]).unwrap_err();
        assert_eq!(
            error,
            "6 problems in the configuration\n  \
             - unknown key `destination`; those that there are: `api_key`, `the_owner`, `size`, `tags`, `deep`, `base_url`\n  \
             - unknown key `Size`; did you mean `size`?\n  \
             - `api_key`: expected a text in quotes, found a list\n  \
             - `size`: expected a whole number (u32), found `many`\n  \
             - `tags`: expected a list, `[\"a\", \"b\"]`, found a list\n  \
             - `deep`: expected `true` or `false`, found an object"
        );
        assert_eq!(read(&[r#"{"api_key": ""}"#]).unwrap_err(), "`api_key` is missing");
        let error = read(&["{\"api_key\": \"hunter2\n\"}"]).unwrap_err();
        assert_eq!(error, "the configuration is no JSON object: line 2, column 0 is wrong");
    }

    #[test]
    fn a_secret_of_the_wrong_kind_is_not_shown() {
        let field = ConfigField { check: |_| Err("something else".to_owned()), ..FIELDS[0] };
        let error = text(&field, Some(&Value::from("hunter2"))).unwrap_err();
        assert_eq!(error, "`api_key`: expected something else");
        assert!(<Secret as ConfigType>::parse("x").is_ok());
    }
}
