//! `spec`: which configuration there is.

use serde_json::{Map, Value, json};

use super::messages::line;
use crate::connector::Connector;
use crate::protocol::settings;
use crate::protocol::{is_incremental, streams};
use crate::spec::{ConfigField, ConnectorSpec};

/// The message `SPEC`: the connector's fields as a JSON Schema. The program's own has its settings, too.
///
/// ```
/// # use connector_runtime::prelude::*;
/// # #[derive(Connector)]
/// # #[connector(base_url = "https://api.example.com", auth = bearer(token), resources(Item))]
/// # struct Api { token: Secret }
/// # #[derive(Resource)]
/// # #[resource(name = "items", path = "/items")]
/// # struct Item { #[column(primary_key)] id: i64 }
/// let line = connector_runtime::protocol::airbyte::spec::<Api>();
/// assert!(line.contains(r#""token":{"type":"string","title":"Token","airbyte_secret":true"#));
/// ```
pub fn spec<C: Connector>() -> String {
    String::from_utf8(specified(C::SPEC, &[])).expect("BUG: JSON is text")
}

/// `more`: settings besides the connector's fields.
pub(crate) fn specified(connector: &'static ConnectorSpec, more: &[ConfigField]) -> Vec<u8> {
    let mut properties = Map::new();
    for (order, field) in connector.config.iter().chain(more).enumerate() {
        let mut property = settings::property(field);
        if field.is_secret() || settings::may_hold_a_secret(field) {
            property.insert("airbyte_secret".to_owned(), json!(true));
        }
        property.insert("order".to_owned(), json!(order));
        properties.insert(field.key(), Value::Object(property));
    }
    let supports_incremental = streams(connector).any(|spec| is_incremental(connector, spec));
    line(&json!({
        "type": "SPEC",
        "spec": {
            "connectionSpecification": settings::schema(connector, properties),
            "supportsIncremental": supports_incremental,
            // those are the destination's affair
            "supported_destination_sync_modes": [],
        },
    }))
}
