//! The JSON Schema of rows, as [`Encoder`](super::Encoder) writes them.

use serde_json::{Map, Value, json};

use super::NESTING;
use crate::spec::{ColumnSpec, ElementSpec, FieldSpec};
use crate::value::LogicalType;

/// Who reads the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// JSON Schema, 2020-12, and as exact as that can be.
    Standard,
    /// `airbyte_type` beside `type`.
    #[cfg(feature = "airbyte")]
    Airbyte,
    /// `type` is always a list.
    #[cfg(feature = "singer")]
    Singer,
}

/// The schema of records with these fields, of which those are there that are wanted.
pub(crate) fn of_record(
    fields: &[FieldSpec],
    dialect: Dialect,
    is_wanted: &dyn Fn(&str) -> bool,
) -> Map<String, Value> {
    let mut properties = Map::new();
    add(&mut properties, fields, dialect, "", false, is_wanted);
    let mut schema = Map::new();
    schema.insert("type".to_owned(), dialect.of_type("object", false));
    if dialect == Dialect::Standard {
        // a row has all of them, and no others
        let names: Vec<_> = properties.keys().collect();
        schema.insert("required".to_owned(), json!(names));
        schema.insert("additionalProperties".to_owned(), json!(false));
    }
    schema.insert("properties".to_owned(), Value::Object(properties));
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

/// The properties of records with these fields, by their names, in the order of declaration.
#[cfg(feature = "singer")]
pub(crate) fn names(fields: &[FieldSpec]) -> Vec<String> {
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

/// `optional`: the object that holds the fields may be absent, and then all of them are null.
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
            FieldSpec::Flatten { name, fields, optional: own, .. } => {
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

impl Dialect {
    fn of_column(self, spec: &ColumnSpec, optional: bool) -> Map<String, Value> {
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
                if self == Self::Standard {
                    let (least, most) = bounds(spec.ty);
                    say("minimum", json!(least));
                    say("maximum", json!(most));
                }
            }
            LogicalType::Json => return self.of_json(),
            LogicalType::Text => {}
            LogicalType::Time => self.of_time(&mut say),
            LogicalType::Timestamp => {
                say("format", json!("date-time"));
                #[cfg(feature = "airbyte")]
                if self == Self::Airbyte {
                    say("airbyte_type", json!("timestamp_with_timezone"));
                }
            }
            LogicalType::Uuid => say("format", json!("uuid")),
        }
        let mut typed = Map::new();
        typed.insert("type".to_owned(), self.of_type(ty, spec.nullable || optional));
        typed.append(&mut property);
        typed
    }

    /// Whatever JSON has.
    fn of_json(self) -> Map<String, Value> {
        if self == Self::Standard {
            return Map::new();
        }
        // the others want a type
        let any = ["object", "array", "string", "number", "boolean", "null"];
        Map::from_iter([("type".to_owned(), json!(any))])
    }

    /// The format `time` has an offset in JSON Schema, and these have none.
    fn of_time(self, say: &mut impl FnMut(&str, Value)) {
        match self {
            Self::Standard => say("pattern", json!(r"^\d{2}:\d{2}:\d{2}(\.\d{1,6})?$")),
            #[cfg(feature = "airbyte")]
            Self::Airbyte => {
                say("format", json!("time"));
                say("airbyte_type", json!("time_without_timezone"));
            }
            // readers validate formats
            #[cfg(feature = "singer")]
            Self::Singer => {}
        }
    }

    fn of_type(self, ty: &str, nullable: bool) -> Value {
        match (self, nullable) {
            (_, true) => json!(["null", ty]),
            #[cfg(feature = "singer")]
            (Self::Singer, false) => json!([ty]),
            (_, false) => json!(ty),
        }
    }
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
