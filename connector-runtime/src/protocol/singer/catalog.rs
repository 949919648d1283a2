//! `--discover`: the streams that there are.

use serde_json::{Map, Value, json};

use crate::connector::Connector;
use crate::protocol::{is_incremental, streams};
use crate::schema::Tables;
use crate::schema::{Dialect, described, names, of_record};
use crate::spec::{ConnectorSpec, ResourceSpec};

/// The catalog: one stream a resource, all of it selected, without a request.
///
/// ```
/// # use connector_runtime::prelude::*;
/// # #[derive(Connector)]
/// # #[connector(base_url = "https://api.example.com", resources(Item))]
/// # struct Api {}
/// # #[derive(Resource)]
/// # #[resource(name = "items", path = "/items")]
/// # struct Item { #[column(primary_key)] id: i64 }
/// let catalog = connector_runtime::protocol::singer::discover::<Api>();
/// assert!(catalog.contains(r#""tap_stream_id": "items""#));
/// ```
pub fn discover<C: Connector>() -> String {
    discovered(C::SPEC)
}

pub(crate) fn discovered(connector: &'static ConnectorSpec) -> String {
    let streams: Vec<_> = streams(connector).map(|spec| stream(connector, spec)).collect();
    let catalog = json!({ "streams": streams });
    // people edit it
    format!("{catalog:#}\n")
}

fn stream(connector: &'static ConnectorSpec, spec: &ResourceSpec) -> Value {
    let method = match is_incremental(connector, spec) {
        true => "INCREMENTAL",
        false => "FULL_TABLE",
    };
    let mut stream = json!({
        "tap_stream_id": spec.name,
        "stream": spec.name,
        "schema": schema(spec, &|_| true),
        "key_properties": key(spec),
        "replication_method": method,
    });
    let mut whole = json!({
        "inclusion": "available",
        "selected-by-default": true,
        "table-key-properties": key(spec),
        "valid-replication-keys": Vec::from_iter(cursor(spec)),
    });
    if let Some(cursor) = cursor(spec) {
        stream["replication_key"] = json!(cursor);
    }
    if method == "FULL_TABLE" {
        whole["forced-replication-method"] = json!(method);
    }
    let properties = names(spec.fields).into_iter().map(|name| {
        let inclusion = if is_automatic(spec, &name) { "automatic" } else { "available" };
        let metadata = json!({ "inclusion": inclusion, "selected-by-default": true });
        json!({ "breadcrumb": ["properties", name], "metadata": metadata })
    });
    let whole = json!({ "breadcrumb": [], "metadata": whole });
    stream["metadata"] = std::iter::once(whole).chain(properties).collect();
    stream
}

pub(super) fn schema(spec: &ResourceSpec, is_wanted: &dyn Fn(&str) -> bool) -> Value {
    let schema: Map<_, _> = of_record(spec.fields, Dialect::Singer, is_wanted);
    Value::Object(described(schema, spec.doc))
}

/// The names of the key's properties.
pub(super) fn key(spec: &ResourceSpec) -> Vec<String> {
    Tables::of(spec).root().key().map(|column| column.name.clone()).collect()
}

pub(super) fn cursor(spec: &ResourceSpec) -> Option<&'static str> {
    spec.incremental.map(|incremental| incremental.cursor)
}

/// Whether a property is always there: without it nobody knows which row it is, or how new.
pub(super) fn is_automatic(spec: &ResourceSpec, name: &str) -> bool {
    cursor(spec) == Some(name) || key(spec).iter().any(|key| key == name)
}
