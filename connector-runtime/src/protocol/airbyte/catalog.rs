//! `discover`: the streams that there are.

use serde_json::{Map, Value, json};

use super::messages::line;
use crate::connector::Connector;
use crate::protocol::{is_incremental, streams};
use crate::schema::Tables;
use crate::schema::{Dialect, described, of_record};
use crate::spec::{ConnectorSpec, ResourceSpec};

/// The message `CATALOG`: one stream a resource, without a request.
///
/// ```
/// # use connector_runtime::prelude::*;
/// # #[derive(Connector)]
/// # #[connector(base_url = "https://api.example.com", resources(Item))]
/// # struct Api {}
/// # #[derive(Resource)]
/// # #[resource(name = "items", path = "/items")]
/// # struct Item { #[column(primary_key)] id: i64 }
/// let line = connector_runtime::protocol::airbyte::discover::<Api>();
/// assert!(line.starts_with(r#"{"type":"CATALOG","catalog":{"streams":[{"name":"items","#));
/// ```
pub fn discover<C: Connector>() -> String {
    String::from_utf8(discovered(C::SPEC)).expect("BUG: JSON is text")
}

pub(crate) fn discovered(connector: &'static ConnectorSpec) -> Vec<u8> {
    let streams: Vec<_> = streams(connector).map(|spec| stream(connector, spec)).collect();
    line(&json!({ "type": "CATALOG", "catalog": { "streams": streams } }))
}

fn stream(connector: &'static ConnectorSpec, spec: &ResourceSpec) -> Value {
    let is_incremental = is_incremental(connector, spec);
    let mut stream = Map::new();
    let mut say = |key: &str, value: Value| stream.insert(key.to_owned(), value);
    say("name", json!(spec.name));
    say("json_schema", schema(spec));
    let modes: &[_] =
        if is_incremental { &["full_refresh", "incremental"] } else { &["full_refresh"] };
    say("supported_sync_modes", json!(modes));
    if is_incremental {
        say("source_defined_cursor", json!(true));
    }
    if let Some(incremental) = spec.incremental {
        say("default_cursor_field", json!([incremental.cursor]));
    }
    let tables = Tables::of(spec);
    let key: Vec<_> = tables.root().key().map(|column| [&column.name]).collect();
    if !key.is_empty() {
        say("source_defined_primary_key", json!(key));
    }
    // a full refresh begins at the beginning, whatever came of the one before
    say("is_resumable", json!(false));
    Value::Object(stream)
}

fn schema(spec: &ResourceSpec) -> Value {
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
    schema.extend(of_record(spec.fields, Dialect::Airbyte, &|_| true));
    Value::Object(described(schema, spec.doc))
}
