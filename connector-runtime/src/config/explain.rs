//! [`Explained`]: what a program is told, and by whom.

use serde::Serialize;
use serde_json::Value;

use super::exposed::masked;
use super::json::json;
use super::origin::Origin;
use super::read::{Places, Searched};
use crate::secret::Secret;
use crate::spec::ConfigField;

/// Each value of a configuration and where it comes from.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct Explained {
    /// The connector's name.
    pub connector: &'static str,
    /// The files that were read.
    pub files: Vec<String>,
    /// The profile that was chosen.
    pub profile: Option<String>,
    /// In the order of the connector's fields.
    pub values: Vec<ExplainedValue>,
    /// Everything that is missing or wrong.
    pub problems: Vec<String>,
}

/// A value of a configuration and where it comes from.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct ExplainedValue {
    /// What it is called in `connector.toml`.
    pub key: String,
    /// The value, a secret as `***`; null where it is left out, missing or wrong.
    pub value: Value,
    /// Where the value comes from; none where there is none.
    pub origin: Option<Origin>,
    /// Whether it is a secret.
    pub secret: bool,
    /// What is wrong with it; [`Explained::problems`] says it in words.
    pub problem: Option<Problem>,
    /// Its environment variable.
    pub variable: &'static str,
    /// Its flag, without dashes; a secret has none.
    pub flag: Option<&'static str>,
}

/// What can be wrong with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Problem {
    /// Nobody has said anything.
    Missing,
    /// What was said is no value of the field.
    Wrong,
}

impl Places<'_> {
    /// The connector's fields and `more`, each with its value.
    pub(crate) fn explain(&self, more: &[ConfigField]) -> Explained {
        let fields = [self.spec.config, more].concat();
        let found: Vec<_> = fields.iter().map(|field| self.search(field)).collect();
        let mut problems = self.problems.clone();
        problems.extend(found.iter().filter_map(|found| match found {
            Searched::Missing(_) if self.is_unread => None,
            Searched::Missing(problem) | Searched::Wrong(problem) => Some(problem.clone()),
            Searched::Given(_) | Searched::LeftOut => None,
        }));
        problems.extend(self.missing(&fields, |at| match &found[at] {
            Searched::Given(given) => Ok(Some(given.text.expose())),
            Searched::LeftOut => Ok(None),
            Searched::Missing(_) | Searched::Wrong(_) => Err(()),
        }));
        Explained {
            connector: self.spec.name,
            #[cfg(feature = "toml")]
            files: self.file_names(),
            #[cfg(not(feature = "toml"))]
            files: Vec::new(),
            profile: self.profile.clone(),
            values: fields
                .iter()
                .zip(found)
                .map(|(field, found)| explained(field, found))
                .collect(),
            problems,
        }
    }
}

fn explained(field: &ConfigField, found: Searched) -> ExplainedValue {
    let secret = field.is_secret();
    let problem = match found {
        Searched::Missing(_) => Some(Problem::Missing),
        Searched::Wrong(_) => Some(Problem::Wrong),
        Searched::Given(_) | Searched::LeftOut => None,
    };
    let (value, origin) = match found {
        Searched::Given(given) => (shown(field, &given.text), Some(given.origin)),
        _ => (Value::Null, None),
    };
    ExplainedValue {
        key: field.key(),
        value,
        origin,
        secret,
        problem,
        variable: field.env,
        flag: (!secret).then_some(field.flag),
    }
}

fn shown(field: &ConfigField, text: &Secret) -> Value {
    match field.is_secret() {
        true => Value::String("***".to_owned()),
        false => json(field.kind, &masked(&field.key(), text.expose())),
    }
}
