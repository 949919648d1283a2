//! What a child is given of its parents: the columns that it uses, and their values.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Float32Type, Float64Type, Int64Type, Time64MicrosecondType,
    TimestampMicrosecondType, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Number, Value};

use crate::instance::Bindings;
use crate::plan::Planned;
use crate::spec::{BodySpec, ColumnSource, ColumnSpec, FieldSpec, JsonSpec, Part, Template};
use crate::value::{LogicalType, time};

/// The value of a cell as a number, a flag or a text; `None`: null.
pub(crate) fn value_at(column: &ArrayRef, ty: LogicalType, row: usize) -> Option<Value> {
    if column.is_null(row) {
        return None;
    }
    let text = || column.as_string::<i32>().value(row);
    let integer = || column.as_primitive::<Int64Type>().value(row);
    Some(match ty {
        LogicalType::Bool => Value::Bool(column.as_boolean().value(row)),
        LogicalType::Bytes => Value::String(STANDARD.encode(column.as_binary::<i32>().value(row))),
        LogicalType::Date => {
            Value::String(time::date(column.as_primitive::<Date32Type>().value(row)).to_string())
        }
        LogicalType::Decimal | LogicalType::Text => Value::String(text().to_owned()),
        LogicalType::F32 => float(column.as_primitive::<Float32Type>().value(row)),
        LogicalType::F64 => float(column.as_primitive::<Float64Type>().value(row)),
        LogicalType::I8
        | LogicalType::I16
        | LogicalType::I32
        | LogicalType::I64
        | LogicalType::U8
        | LogicalType::U16
        | LogicalType::U32 => Value::Number(integer().into()),
        LogicalType::Json => return json(text()),
        LogicalType::Time => {
            let micros = column.as_primitive::<Time64MicrosecondType>().value(row);
            Value::String(time::time(micros).to_string())
        }
        LogicalType::Timestamp => {
            let micros = column.as_primitive::<TimestampMicrosecondType>().value(row);
            Value::String(time::timestamp(micros).to_string())
        }
        LogicalType::U64 => Value::Number(column.as_primitive::<UInt64Type>().value(row).into()),
        LogicalType::Uuid => Value::String(uuid(column.as_fixed_size_binary().value(row))),
    })
}

/// The shortest digits that stand for it.
fn float(float: impl ToString) -> Value {
    let number = float.to_string().parse().ok().and_then(Number::from_f64);
    Value::Number(number.expect("BUG: decode takes finite numbers only"))
}

/// What is neither a number nor a flag or text stays the text that came.
fn json(text: &str) -> Option<Value> {
    match serde_json::from_str(text) {
        Ok(Value::Null) => None,
        Ok(value @ (Value::Bool(_) | Value::Number(_) | Value::String(_))) => Some(value),
        Ok(Value::Array(_) | Value::Object(_)) | Err(_) => Some(Value::String(text.to_owned())),
    }
}

#[cfg(feature = "uuid")]
fn uuid(bytes: &[u8]) -> String {
    uuid::Uuid::from_slice(bytes).expect("BUG: a UUID column holds 16 bytes a value").to_string()
}

#[cfg(not(feature = "uuid"))]
fn uuid(_: &[u8]) -> String {
    unreachable!("BUG: no column type is a UUID without the feature `uuid`")
}

/// The columns of its parent's rows that a resource uses, in its requests and its own rows, in the
/// order of their first use.
pub(crate) fn columns_used(planned: &Planned) -> Vec<&'static str> {
    let mut used = columns_asked_with(planned);
    stored_columns(planned).for_each(|(name, _)| note(&mut used, name));
    used
}

/// The columns of its parent's rows without whose values a resource cannot be read: those in its
/// requests, and those that it stores where nothing may be missing.
pub(crate) fn columns_needed(planned: &Planned) -> Vec<&'static str> {
    let mut needed = columns_asked_with(planned);
    let stored = stored_columns(planned).filter(|(_, nullable)| !nullable);
    stored.for_each(|(name, _)| note(&mut needed, name));
    needed
}

/// The columns of its parent's rows that a resource stores, and whether it stores nulls there.
fn stored_columns(planned: &Planned) -> impl Iterator<Item = (&'static str, bool)> {
    planned.spec.fields.iter().filter_map(|field| match field {
        FieldSpec::Column(ColumnSpec { source: ColumnSource::Parent(name), nullable, .. }) => {
            Some((*name, *nullable))
        }
        _ => None,
    })
}

fn columns_asked_with(planned: &Planned) -> Vec<&'static str> {
    let spec = planned.spec;
    let mut used = Vec::new();
    note_template(&mut used, &spec.path);
    for param in planned.params.iter().chain(spec.headers) {
        note_template(&mut used, &param.value);
    }
    match &spec.body {
        Some(BodySpec::Form(fields)) => {
            fields.iter().for_each(|field| note_template(&mut used, &field.value));
        }
        Some(BodySpec::Json(json)) => note_json(&mut used, json),
        None => {}
    }
    used
}

fn note_template(used: &mut Vec<&'static str>, template: &Template) {
    template.parts.iter().for_each(|part| note_part(used, *part));
}

fn note_json(used: &mut Vec<&'static str>, json: &JsonSpec) {
    match json {
        JsonSpec::Array(elements) => elements.iter().for_each(|element| note_json(used, element)),
        JsonSpec::Bound(part) => note_part(used, *part),
        JsonSpec::Object(members) => members.iter().for_each(|(_, value)| note_json(used, value)),
        JsonSpec::Text(template) => note_template(used, template),
        JsonSpec::Bool(_) | JsonSpec::Config(_) | JsonSpec::Null | JsonSpec::Number(_) => {}
    }
}

fn note_part(used: &mut Vec<&'static str>, part: Part) {
    if let Part::Parent(name) = part {
        note(used, name);
    }
}

fn note(used: &mut Vec<&'static str>, name: &'static str) {
    if !used.contains(&name) {
        used.push(name);
    }
}

/// A row for people: the values of its first columns.
pub(crate) fn row_in_words(batch: &RecordBatch, row: usize) -> String {
    const SHOWN: usize = 3;
    let schema = batch.schema_ref();
    let shown = schema.fields().iter().zip(batch.columns()).filter_map(|(field, column)| {
        let text = match column.data_type() {
            DataType::Int64 => column.as_primitive::<Int64Type>().value(row).to_string(),
            DataType::UInt64 => column.as_primitive::<UInt64Type>().value(row).to_string(),
            DataType::Utf8 => format!("{:?}", column.as_string::<i32>().value(row)),
            _ => return None,
        };
        (!column.is_null(row)).then(|| format!("`{}` {text}", field.name()))
    });
    let shown: Vec<_> = shown.take(SHOWN).collect();
    if shown.is_empty() { format!("{}", row + 1) } else { format!("with {}", shown.join(", ")) }
}

/// Under which name the state of a scan is kept: the values of these columns of its parent's row, then
/// those of its partitions, as a JSON list; nothing for a resource as a whole.
pub(crate) fn partition_key(columns: &[&'static str], bindings: &Bindings) -> String {
    let value = |name: &&'static str| bindings.value(Part::Parent(name)).unwrap_or(&Value::Null);
    let partition = bindings.partition.iter().map(|(_, value)| value);
    let values: Vec<_> = columns.iter().map(value).chain(partition).collect();
    if values.is_empty() {
        return String::new();
    }
    serde_json::to_string(&values).expect("BUG: values are JSON")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::decode::Decoder;
    use crate::spec::{
        ColumnSpec, ConnectorSpec, Param, ResourceDefaults, ResourceSpec, ResponseFormat,
        UnknownFields,
    };
    use crate::value::{Column, Json};

    const fn column<T: Column>(name: &'static str) -> FieldSpec {
        ColumnSpec::new::<T>(name, name, "").field()
    }

    /// A value of a parent is what the column of its child takes.
    #[test]
    fn values_come_out_as_they_went_in() {
        let same = |text: &'static str| (json!(text), Some(json!(text)));
        let cases: Vec<(FieldSpec, Value, Option<Value>)> = vec![
            (column::<bool>("v"), json!(true), Some(json!(true))),
            (column::<i8>("v"), json!(-7), Some(json!(-7))),
            (column::<i64>("v"), json!(i64::MIN), Some(json!(i64::MIN))),
            (column::<u32>("v"), json!(u32::MAX), Some(json!(u32::MAX))),
            (column::<u64>("v"), json!(u64::MAX), Some(json!(u64::MAX))),
            (column::<f64>("v"), json!(0.1), Some(json!(0.1))),
            (column::<f32>("v"), json!(0.1), Some(json!(0.1))),
            (column::<Option<i64>>("v"), json!(null), None),
            (column::<Option<Json<Value>>>("v"), json!(null), None),
            (column::<Json<Value>>("v"), json!("x"), Some(json!("x"))),
            (column::<Json<Value>>("v"), json!(1.5), Some(json!(1.5))),
            (column::<Json<Value>>("v"), json!({"a": [1]}), Some(json!(r#"{"a":[1]}"#))),
            (
                column::<jiff::Timestamp>("v"),
                json!("2024-01-31T10:15:00+02:00"),
                Some(json!("2024-01-31T08:15:00Z")),
            ),
        ];
        let texts: [(FieldSpec, &'static str); 5] = [
            (column::<String>("v"), "a \"b\" ü"),
            (column::<bytes::Bytes>("v"), "AAEC"),
            (column::<jiff::civil::Date>("v"), "2024-01-31"),
            (column::<jiff::civil::Time>("v"), "08:15:00.5"),
            (column::<jiff::Timestamp>("v"), "2024-01-31T08:15:00.123456Z"),
        ];
        #[allow(unused_mut)]
        let mut texts = texts.to_vec();
        #[cfg(feature = "decimal")]
        texts.push((column::<rust_decimal::Decimal>("v"), "1234567890.10"));
        #[cfg(feature = "uuid")]
        texts.push((column::<uuid::Uuid>("v"), "67e55044-10b1-426f-9247-bb680e5fe0c8"));
        let texts = texts.into_iter().map(|(field, text)| {
            let (sent, expected) = same(text);
            (field, sent, expected)
        });
        for (field, sent, expected) in cases.into_iter().chain(texts) {
            let FieldSpec::Column(spec) = field else { unreachable!("columns only") };
            let decoder = |field: FieldSpec| {
                let fields = Box::leak(Box::new([field, column::<Option<i64>>("x")]));
                let resource = ResourceSpec { fields, ..ResourceSpec::EMPTY };
                let (json, unknown) = (ResponseFormat::Json, UnknownFields::Report);
                Decoder::new(&resource, None, &[], false, json, unknown)
            };
            let mut parent = decoder(field);
            let body = json!([{"x": 1, "v": sent}]).to_string();
            parent.page(body.as_bytes()).unwrap_or_else(|error| panic!("{sent}: {error:?}"));
            let there = parent.take_batch().expect("a row").column(0).clone();
            let found = value_at(&there, spec.ty, 0);
            assert_eq!(found, expected, "{:?}", spec.ty);
            if spec.ty == LogicalType::Json {
                continue;
            }
            let mut child = decoder(spec.source(ColumnSource::Parent("v")).field());
            child.bind(|_| found.as_ref()).unwrap_or_else(|error| panic!("{sent}: {error:?}"));
            child.page(b"[{}, {}]").expect("two rows");
            let bound = child.take_batch().expect("two rows").column(0).clone();
            assert_eq!((&bound.slice(0, 1), &bound.slice(1, 1)), (&there, &there), "{sent}");
        }
    }

    const fn param(name: &'static str, value: Template) -> Param {
        Param { name, value, repeated: false }
    }

    const fn lone(parts: &'static [Part]) -> Template {
        Template { text: "", parts }
    }

    const PATH: Template = lone(&[Part::Text("/"), Part::Parent("number"), Part::Config("x")]);
    const PARAMS: &[Param] = &[
        param("a", lone(&[Part::Parent("b"), Part::StartValue, Part::Parent("number")])),
        param("b", lone(&[Part::Partition("team")])),
    ];
    const DEFAULTS: &[Param] = &[
        param("a", lone(&[Part::Parent("hidden")])),
        param("z", lone(&[Part::Parent("inherited")])),
    ];
    const FIELDS: &[FieldSpec] = &[
        column::<i64>("id"),
        ColumnSpec::new::<i64>("c", "c", "").source(ColumnSource::Parent("kept")).field(),
        ColumnSpec::new::<i64>("d", "d", "").source(ColumnSource::Parent("b")).field(),
        ColumnSpec::new::<i64>("e", "e", "").source(ColumnSource::Partition("team")).field(),
        ColumnSpec::new::<Option<i64>>("f", "f", "").source(ColumnSource::Parent("maybe")).field(),
    ];
    const JSON: BodySpec = BodySpec::Json(JsonSpec::Object(&[
        ("one", JsonSpec::Array(&[JsonSpec::Bound(Part::Parent("typed")), JsonSpec::Null])),
        ("two", JsonSpec::Text(lone(&[Part::Text("x"), Part::Parent("inner")]))),
    ]));

    #[test]
    fn every_column_that_is_used_is_found_once() {
        const HEADERS: &[Param] = &[param("x-id", lone(&[Part::Parent("header")]))];
        const FORM: BodySpec = BodySpec::Form(&[param("f", lone(&[Part::Parent("field")]))]);
        let defaults = ResourceDefaults { params: DEFAULTS, ..ResourceDefaults::NONE };
        let connector = ConnectorSpec { defaults, ..ConnectorSpec::EMPTY };
        for (body, in_body) in [(JSON, &["typed", "inner"][..]), (FORM, &["field"])] {
            let spec = ResourceSpec {
                path: PATH,
                params: PARAMS,
                headers: HEADERS,
                body: Some(body),
                fields: FIELDS,
                ..ResourceSpec::EMPTY
            };
            let planned = Planned::new(&connector, Box::leak(Box::new(spec)));
            let expected = [&["number", "inherited", "b", "header"], in_body, &["kept"]].concat();
            // what may be missing where it is stored is not needed
            assert_eq!(columns_needed(&planned), expected);
            assert_eq!(columns_used(&planned), [&expected[..], &["maybe"]].concat());
        }
    }

    #[test]
    fn keys_of_partitions_tell_everything_apart() {
        let key = |parent: &[(&'static str, Value)], partition: &[Value]| {
            let bindings = Bindings {
                parent: parent.to_vec(),
                partition: partition.iter().map(|value| ("p", value.clone())).collect(),
                ..Bindings::default()
            };
            partition_key(&["a", "b"], &bindings)
        };
        let (one, text) = (json!(1), json!("1"));
        for (key, expected) in [
            (key(&[("a", one.clone()), ("b", text.clone())], &[]), r#"[1,"1"]"#),
            // in the order of the columns
            (key(&[("b", text.clone()), ("a", one.clone())], &[]), r#"[1,"1"]"#),
            (key(&[("a", one.clone())], &[]), "[1,null]"),
            (key(&[("b", one.clone())], &[]), "[null,1]"),
            (key(&[("a", one), ("b", json!(true))], &[text, json!(2)]), r#"[1,true,"1",2]"#),
        ] {
            assert_eq!(key, expected);
        }
        assert_eq!(partition_key(&[], Bindings::NONE), "");
    }
}
