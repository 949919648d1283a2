//! The JSON Schema of `connector.toml`, for editors.

use serde_json::{Map, Value, json};

use super::ConfigKind;
use super::json::json as value;
use crate::spec::{ConfigField, ConnectorSpec};

/// The JSON Schema (draft 7, which editors of TOML know) of `connector.toml` and of the secrets file
/// beside it: the connector's fields, and what a program has besides them.
///
/// Nothing is required: a value may come from elsewhere.
///
/// ```
/// # use connector_runtime::prelude::*;
/// # #[derive(Resource)]
/// # #[resource(path = "/invoices")]
/// # struct Invoice { #[column(primary_key)] id: i64 }
/// #[derive(Connector)]
/// #[connector(base_url = "https://api.example.com", resources(Invoice))]
/// struct Shop {
///     /// Rows of a page.
///     #[config(default = 100)]
///     size: u32,
/// }
///
/// let schema = connector_runtime::config::json_schema(Shop::SPEC, &[]);
/// assert_eq!(schema["properties"]["size"]["default"], 100);
/// ```
pub fn json_schema(spec: &ConnectorSpec, more: &[ConfigField]) -> Value {
    let name = spec.name;
    let keys: Map<_, _> = spec.config.iter().chain(more).map(property).collect();
    let of_connector = json!({
        "type": "object",
        "description": format!("What is for `{name}` only."),
        "properties": keys,
        "additionalProperties": false,
    });
    let connectors = json!({
        "type": "object",
        "description": "Tables of connectors that share this file.",
        "properties": { name: of_connector },
        "additionalProperties": { "type": "object" },
    });
    let mut in_profile = keys.clone();
    in_profile.insert("connector".to_owned(), connectors.clone());
    let profiles = json!({
        "type": "object",
        "description": "What goes before the rest of the file with `--profile NAME`.",
        "additionalProperties": {
            "type": "object",
            "properties": in_profile,
            "additionalProperties": false,
        },
    });
    let mut properties = keys;
    properties.insert("connector".to_owned(), connectors);
    properties.insert("profile".to_owned(), profiles);
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": format!("Configuration of {name}"),
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

fn property(field: &ConfigField) -> (String, Value) {
    let mut schema = kind(field.kind);
    if let Some(schema) = schema.as_object_mut() {
        let mut text = field.doc.split_whitespace().collect::<Vec<_>>().join(" ");
        if field.is_secret() {
            text.push_str(" A secret: it stands in the secrets file only.");
        }
        schema.insert("description".to_owned(), Value::String(text.trim().to_owned()));
        if let Some(default) = field.default {
            schema.insert("default".to_owned(), value(field.kind, default));
        }
    }
    (field.key(), schema)
}

fn kind(kind: ConfigKind) -> Value {
    match kind {
        ConfigKind::Bool => json!({ "type": "boolean" }),
        ConfigKind::Choice(variants) => {
            json!({ "enum": variants.iter().map(|(_, text)| *text).collect::<Vec<_>>() })
        }
        ConfigKind::Float => json!({ "type": "number" }),
        ConfigKind::Integer => json!({ "type": "integer" }),
        ConfigKind::List(of) => json!({ "type": "array", "items": self::kind(*of) }),
        ConfigKind::Secret => json!({ "type": "string", "minLength": 1 }),
        ConfigKind::Text => json!({ "type": "string" }),
        ConfigKind::Timestamp => json!({ "type": "string", "format": "date-time" }),
    }
}
