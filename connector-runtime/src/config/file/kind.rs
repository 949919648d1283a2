//! Values of TOML, and what kind of field takes which of them.

use crate::config::ConfigKind;
use crate::config::types::list;
use crate::secret::Secret;

/// A value of TOML.
pub(super) enum Raw {
    Bool(bool),
    /// A date, a time, or both, as it is written.
    Datetime(String),
    Float(String),
    /// In the decimal system.
    Integer(String),
    List(Vec<Raw>),
    Table,
    Text(Secret),
}

/// The text of a value for a field of this kind; none where the kind takes no such value.
pub(super) fn text(kind: ConfigKind, value: &Raw) -> Option<Secret> {
    let text = match (kind, value) {
        (ConfigKind::Bool, Raw::Bool(is)) => is.to_string(),
        (ConfigKind::Integer, Raw::Integer(number)) => number.clone(),
        (ConfigKind::Float, Raw::Integer(number) | Raw::Float(number)) => number.clone(),
        (ConfigKind::Timestamp, Raw::Datetime(text)) => text.clone(),
        (
            ConfigKind::Choice(_) | ConfigKind::Secret | ConfigKind::Text | ConfigKind::Timestamp,
            Raw::Text(text),
        ) => return Some(text.clone()),
        (ConfigKind::List(ConfigKind::List(_)), _) => return None,
        (ConfigKind::List(kind), Raw::List(values)) => {
            let items: Option<Vec<_>> = values.iter().map(|value| text(*kind, value)).collect();
            list(items?.iter().map(Secret::expose))?
        }
        _ => return None,
    };
    Some(Secret::new(text))
}

/// What kind of value a field takes.
pub(in crate::config) fn expected(kind: ConfigKind) -> String {
    match kind {
        ConfigKind::Bool => "`true` or `false`".to_owned(),
        ConfigKind::Choice(variants) => {
            let texts: Vec<_> = variants.iter().map(|(_, text)| format!("`\"{text}\"`")).collect();
            format!("one of {}", texts.join(", "))
        }
        ConfigKind::Float => "a number".to_owned(),
        ConfigKind::Integer => "a whole number".to_owned(),
        ConfigKind::List(ConfigKind::Float | ConfigKind::Integer) => {
            "a list of numbers, `[1, 2]`".to_owned()
        }
        ConfigKind::List(_) => "a list, `[\"a\", \"b\"]`".to_owned(),
        ConfigKind::Secret | ConfigKind::Text => "a text in quotes".to_owned(),
        ConfigKind::Timestamp => "a timestamp such as `2024-01-31T00:00:00Z`".to_owned(),
    }
}
