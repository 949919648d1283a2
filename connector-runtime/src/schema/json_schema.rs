//! The JSON Schema of rows, as [`Encoder`](super::Encoder) writes them.

use serde_json::{Map, Value, json};

use super::NESTING;
use crate::spec::{ColumnSpec, ElementSpec, FieldSpec};
use crate::value::LogicalType;

/// The schema of records with these fields. A row has all of them, and no others.
pub(crate) fn of_record(fields: &[FieldSpec]) -> Map<String, Value> {
    let mut properties = Map::new();
    add(&mut properties, fields, "", false);
    let required: Vec<_> = properties.keys().cloned().collect();
    let mut schema = Map::new();
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("properties".to_owned(), Value::Object(properties));
    schema.insert("required".to_owned(), json!(required));
    schema.insert("additionalProperties".to_owned(), json!(false));
    schema
}

/// With the doc comment, where there is one.
pub(crate) fn described(mut schema: Map<String, Value>, doc: &str) -> Map<String, Value> {
    let lines: Vec<_> = doc.trim().lines().map(str::trim).collect();
    if !lines.is_empty() {
        schema.insert("description".to_owned(), json!(lines.join("\n")));
    }
    schema
}

/// `optional`: the object that holds the fields may be absent, and then all of them are null.
fn add(properties: &mut Map<String, Value>, fields: &[FieldSpec], prefix: &str, optional: bool) {
    for field in fields {
        let (name, doc, property) = match *field {
            FieldSpec::Column(spec) => (spec.name, spec.doc, of_column(&spec, optional)),
            FieldSpec::Flatten { name, optional: own, fields, .. } => {
                let prefix = format!("{prefix}{name}{NESTING}");
                add(properties, fields, &prefix, optional || own);
                continue;
            }
            FieldSpec::List { name, doc, optional: own, element, .. } => {
                let items = match element {
                    ElementSpec::Record(fields) => of_record(fields),
                    ElementSpec::Value(spec) => of_column(&spec, false),
                };
                let mut list = Map::new();
                list.insert("type".to_owned(), of_type("array", optional || own));
                list.insert("items".to_owned(), Value::Object(items));
                (name, doc, list)
            }
        };
        properties.insert(format!("{prefix}{name}"), Value::Object(described(property, doc)));
    }
}

fn of_column(spec: &ColumnSpec, optional: bool) -> Map<String, Value> {
    let mut property = Map::new();
    let mut say = |key: &str, value: Value| drop(property.insert(key.to_owned(), value));
    let mut ty = "string";
    match spec.ty {
        LogicalType::Bool => ty = "boolean",
        LogicalType::Bytes => say("contentEncoding", json!("base64")),
        LogicalType::Date => say("format", json!("date")),
        LogicalType::Decimal | LogicalType::F32 | LogicalType::F64 => ty = "number",
        LogicalType::I8
        | LogicalType::I16
        | LogicalType::I32
        | LogicalType::I64
        | LogicalType::U8
        | LogicalType::U16
        | LogicalType::U32
        | LogicalType::U64 => {
            ty = "integer";
            let (least, most) = bounds(spec.ty);
            say("minimum", json!(least));
            say("maximum", json!(most));
        }
        // whatever JSON has
        LogicalType::Json => return property,
        LogicalType::Text => {}
        // `time` has an offset in JSON Schema, and these have none
        LogicalType::Time => say("pattern", json!(r"^\d{2}:\d{2}:\d{2}(\.\d{1,6})?$")),
        LogicalType::Timestamp => say("format", json!("date-time")),
        LogicalType::Uuid => say("format", json!("uuid")),
    }
    let mut typed = Map::new();
    typed.insert("type".to_owned(), of_type(ty, spec.nullable || optional));
    typed.append(&mut property);
    typed
}

fn of_type(ty: &str, nullable: bool) -> Value {
    if nullable { json!([ty, "null"]) } else { json!(ty) }
}

/// The least and the greatest of an integer type.
fn bounds(ty: LogicalType) -> (i64, u64) {
    match ty {
        LogicalType::I8 => (i8::MIN.into(), i8::MAX as u64),
        LogicalType::I16 => (i16::MIN.into(), i16::MAX as u64),
        LogicalType::I32 => (i32::MIN.into(), i32::MAX as u64),
        LogicalType::U8 => (0, u8::MAX.into()),
        LogicalType::U16 => (0, u16::MAX.into()),
        LogicalType::U32 => (0, u32::MAX.into()),
        LogicalType::U64 => (0, u64::MAX),
        _ => (i64::MIN, i64::MAX as u64),
    }
}
