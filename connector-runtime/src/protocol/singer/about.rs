//! `--about`: what the tap is and can do.

use serde_json::{Map, Value, json};

use crate::protocol::settings;
use crate::spec::{ConfigField, ConnectorSpec};

/// One JSON document. `more`: settings besides the connector's fields.
pub(crate) fn about(connector: &ConnectorSpec, more: &[ConfigField]) -> String {
    let mut properties = Map::new();
    for field in connector.config.iter().chain(more) {
        let mut property = settings::property(field);
        if field.is_secret() || settings::may_hold_a_secret(field) {
            property.insert("secret".to_owned(), json!(true));
        }
        properties.insert(field.key(), Value::Object(property));
    }
    let about = json!({
        "name": connector.name,
        "description": connector.doc.trim(),
        "version": connector.version,
        "sdk_version": env!("CARGO_PKG_VERSION"),
        "capabilities": ["about", "activate-version", "catalog", "discover", "state"],
        "settings": settings::schema(connector, properties),
    });
    format!("{about:#}\n")
}
