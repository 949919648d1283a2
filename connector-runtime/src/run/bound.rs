//! What a child is given of its parents: the columns that it uses, and their values.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Float32Type, Float64Type, Int64Type, Time64MicrosecondType,
    TimestampMicrosecondType, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Number, Value};

use crate::instance::Bindings;
use crate::plan::Planned;
use crate::spec::{BodySpec, ColumnSource, FieldSpec, JsonSpec, Part, Template};
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
    for field in spec.fields {
        if let FieldSpec::Column(column) = field
            && let ColumnSource::Parent(name) = column.source
        {
            note(&mut used, name);
        }
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

/// Under which name the state of a scan is kept: the values of these columns of its parent's row, then
/// those of its partitions, as a JSON list.
pub(crate) fn partition_key(columns: &[&'static str], bindings: &Bindings) -> String {
    let value = |name: &&'static str| bindings.value(Part::Parent(name)).unwrap_or(&Value::Null);
    let partition = bindings.partition.iter().map(|(_, value)| value);
    let values: Vec<_> = columns.iter().map(value).chain(partition).collect();
    serde_json::to_string(&values).expect("BUG: values are JSON")
}
