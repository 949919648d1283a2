//! The text of a field as a value of JSON.

use serde_json::{Number, Value};

use super::ConfigKind;
use super::types::elements;

/// The value of a text that the field takes: a number for a number, a list for a list.
pub(crate) fn json(kind: ConfigKind, text: &str) -> Value {
    let number = |number: Option<Number>| number.map(Value::Number);
    let value = match kind {
        ConfigKind::Bool => text.parse().ok().map(Value::Bool),
        ConfigKind::Float => number(text.parse().ok().and_then(Number::from_f64)),
        ConfigKind::Integer => number(
            text.parse::<i64>()
                .map(Number::from)
                .or_else(|_| text.parse::<u64>().map(Number::from))
                .ok(),
        ),
        ConfigKind::List(kind) => {
            Some(elements(text).into_iter().map(|text| json(*kind, text)).collect())
        }
        ConfigKind::Choice(_) | ConfigKind::Secret | ConfigKind::Text | ConfigKind::Timestamp => {
            None
        }
    };
    value.unwrap_or_else(|| Value::String(text.to_owned()))
}
