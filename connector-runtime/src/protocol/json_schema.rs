//! The JSON Schema of a stream: what its records look like, in the words of a protocol.

use serde_json::{Map, Value, json};

use crate::schema::NESTING;
use crate::spec::{ColumnSpec, ElementSpec, FieldSpec};
use crate::value::LogicalType;

/// What the two protocols say differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `airbyte_type` beside `type`.
    #[cfg(feature = "airbyte")]
    Airbyte,
    /// `type` is always a list.
    #[cfg(feature = "singer")]
    Singer,
}

/// The schema of records with these fields, of which those are there that are wanted, as
/// [`Encoder`](super::encode::Encoder) writes them.
pub(super) fn of_record(
    fields: &[FieldSpec],
    dialect: Dialect,
    is_wanted: &dyn Fn(&str) -> bool,
) -> Map<String, Value> {
    let mut properties = Map::new();
    add(&mut properties, fields, dialect, "", false, is_wanted);
    let mut schema = Map::new();
    schema.insert("type".to_owned(), dialect.of_type("object", false));
    schema.insert("properties".to_owned(), Value::Object(properties));
    schema
}

/// The properties of records with these fields, by their names, in the order of declaration.
#[cfg(feature = "singer")]
pub(super) fn names(fields: &[FieldSpec]) -> Vec<String> {
    let mut names = Vec::new();
    collect(&mut names, fields, "");
    names
}

#[cfg(feature = "singer")]
fn collect(names: &mut Vec<String>, fields: &[FieldSpec], prefix: &str) {
    for field in fields {
        match *field {
            FieldSpec::Column(ColumnSpec { name, .. }) | FieldSpec::List { name, .. } => {
                names.push(format!("{prefix}{name}"));
            }
            FieldSpec::Flatten { name, fields, .. } => {
                collect(names, fields, &format!("{prefix}{name}{NESTING}"));
            }
        }
    }
}

fn add(
    properties: &mut Map<String, Value>,
    fields: &[FieldSpec],
    dialect: Dialect,
    prefix: &str,
    optional: bool,
    is_wanted: &dyn Fn(&str) -> bool,
) {
    for field in fields {
        let (name, doc, property) = match field {
            FieldSpec::Column(spec) => (spec.name, spec.doc, dialect.of_column(spec, optional)),
            FieldSpec::Flatten { name, optional: own, fields, .. } => {
                let prefix = format!("{prefix}{name}{NESTING}");
                add(properties, fields, dialect, &prefix, optional || *own, is_wanted);
                continue;
            }
            FieldSpec::List { name, doc, optional: own, element, .. } => {
                let items = match element {
                    ElementSpec::Record(fields) => of_record(fields, dialect, &|_| true),
                    ElementSpec::Value(spec) => dialect.of_column(spec, false),
                };
                let mut list = Map::new();
                list.insert("type".to_owned(), dialect.of_type("array", optional || *own));
                list.insert("items".to_owned(), Value::Object(items));
                (*name, *doc, list)
            }
        };
        let name = format!("{prefix}{name}");
        if is_wanted(&name) {
            properties.insert(name, Value::Object(described(property, doc)));
        }
    }
}

/// With the doc comment, where there is one.
pub(super) fn described(mut property: Map<String, Value>, doc: &str) -> Map<String, Value> {
    let lines: Vec<_> = doc.trim().lines().map(str::trim).collect();
    if !lines.is_empty() {
        property.insert("description".to_owned(), Value::String(lines.join("\n")));
    }
    property
}

impl Dialect {
    fn of_column(self, spec: &ColumnSpec, optional: bool) -> Map<String, Value> {
        let nullable = spec.nullable || optional;
        let mut property = Map::new();
        let ty = match spec.ty {
            LogicalType::Bool => "boolean",
            LogicalType::Decimal | LogicalType::F32 | LogicalType::F64 => "number",
            LogicalType::Bytes
            | LogicalType::Date
            | LogicalType::Text
            | LogicalType::Time
            | LogicalType::Timestamp
            | LogicalType::Uuid => "string",
            LogicalType::I8
            | LogicalType::I16
            | LogicalType::I32
            | LogicalType::I64
            | LogicalType::U8
            | LogicalType::U16
            | LogicalType::U32
            | LogicalType::U64 => "integer",
            LogicalType::Json => {
                // nobody knows which of them: all that JSON has
                let any = ["object", "array", "string", "number", "boolean", "null"];
                property.insert("type".to_owned(), json!(any));
                return property;
            }
        };
        property.insert("type".to_owned(), self.of_type(ty, nullable));
        let mut say = |key: &str, value: &str| property.insert(key.to_owned(), json!(value));
        match spec.ty {
            LogicalType::Bytes => drop(say("contentEncoding", "base64")),
            LogicalType::Date => drop(say("format", "date")),
            LogicalType::Timestamp => drop(say("format", "date-time")),
            LogicalType::Uuid => drop(say("format", "uuid")),
            _ => {}
        }
        #[cfg(feature = "airbyte")]
        if self == Self::Airbyte {
            match spec.ty {
                LogicalType::Time => {
                    // elsewhere the format means a time with an offset, and readers validate
                    say("format", "time");
                    say("airbyte_type", "time_without_timezone");
                }
                LogicalType::Timestamp => drop(say("airbyte_type", "timestamp_with_timezone")),
                _ => {}
            }
        }
        property
    }

    fn of_type(self, ty: &str, nullable: bool) -> Value {
        match (self, nullable) {
            (_, true) => json!(["null", ty]),
            #[cfg(feature = "airbyte")]
            (Self::Airbyte, false) => json!(ty),
            #[cfg(feature = "singer")]
            (Self::Singer, false) => json!([ty]),
        }
    }
}
