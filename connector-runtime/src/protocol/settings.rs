//! The configuration as platforms know it: an object of JSON, and its JSON Schema.

use serde_json::{Map, Value, json};

use crate::config::{self, ConfigKind};
use crate::schema::described;
use crate::spec::{ConfigField, ConnectorSpec};

/// The JSON Schema of the configuration, with these properties.
pub(super) fn schema(
    connector: &ConnectorSpec,
    properties: Map<String, Value>,
) -> Map<String, Value> {
    let is_required = |field: &&ConfigField| !field.optional && field.default.is_none();
    let required: Vec<String> =
        connector.config.iter().filter(is_required).map(ConfigField::key).collect();
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("required".to_owned(), json!(required));
    schema.insert("additionalProperties".to_owned(), json!(false));
    schema.insert("properties".to_owned(), Value::Object(properties));
    schema
}

/// A field in it.
pub(super) fn property(field: &ConfigField) -> Map<String, Value> {
    let mut property = of_kind(field.kind);
    property.insert("title".to_owned(), json!(title(&field.key())));
    if let Some(default) = field.default {
        property.insert("default".to_owned(), config::json(field.kind, default));
    }
    described(property, field.doc)
}

/// Whether people write a password into it: the URL of a proxy has room for one.
pub(super) fn may_hold_a_secret(field: &ConfigField) -> bool {
    field.name == "proxy"
}

fn of_kind(kind: ConfigKind) -> Map<String, Value> {
    let mut property = Map::new();
    let mut say = |key: &str, value: Value| property.insert(key.to_owned(), value);
    match kind {
        ConfigKind::Bool => say("type", json!("boolean")),
        ConfigKind::Choice(variants) => {
            say("type", json!("string"));
            say("enum", variants.iter().map(|(_, text)| *text).collect())
        }
        ConfigKind::Float => say("type", json!("number")),
        ConfigKind::Integer => say("type", json!("integer")),
        ConfigKind::List(kind) => {
            say("type", json!("array"));
            say("items", Value::Object(of_kind(*kind)))
        }
        ConfigKind::Secret | ConfigKind::Text => say("type", json!("string")),
        ConfigKind::Timestamp => {
            say("type", json!("string"));
            say("format", json!("date-time"))
        }
    };
    property
}

/// `api_key` for people: `Api key`.
fn title(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
