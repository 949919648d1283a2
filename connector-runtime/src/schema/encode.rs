//! [`Encoder`]: rows of an Arrow batch as JSON objects, one a line, without a tree in between.

use std::fmt::Display;
use std::io::Write;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Float32Type, Float64Type, Int64Type, Time64MicrosecondType,
    TimestampMicrosecondType, UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, FixedSizeBinaryArray, Float32Array,
    Float64Array, Int64Array, ListArray, RecordBatch, StringArray, Time64MicrosecondArray,
    TimestampMicrosecondArray, UInt64Array,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::NESTING;
use crate::spec::{ElementSpec, FieldSpec};
use crate::value::{LogicalType, time};

/// How the rows of a resource are written.
#[derive(Debug)]
pub(crate) struct Encoder {
    columns: Vec<Column>,
}

/// A member of the object.
#[derive(Debug)]
struct Column {
    /// Its place among the arrays of the record.
    array: usize,
    /// `"name":`, after a comma unless it is the first.
    key: Vec<u8>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Value(LogicalType),
    Values(LogicalType),
    Records(Vec<Column>),
}

impl Encoder {
    /// For batches with these fields, of which those are written that are wanted, by their names as
    /// columns. Lists have all of their elements' fields.
    pub(crate) fn new(fields: &[FieldSpec], is_wanted: impl Fn(&str) -> bool) -> Self {
        let mut columns = Columns { next: 0, columns: Vec::new(), is_wanted: &is_wanted };
        columns.add(fields, "");
        Self { columns: columns.columns }
    }

    /// Appends each row of a batch, with what stands before and behind it.
    pub(crate) fn encode(&self, batch: &RecordBatch, head: &[u8], tail: &[u8], out: &mut Vec<u8>) {
        let members = bind(&self.columns, batch.columns());
        for row in 0..batch.num_rows() {
            out.extend_from_slice(head);
            object(&members, row, out);
            out.extend_from_slice(tail);
        }
    }
}

/// Columns on their way into an [`Encoder`], in the order of [`arrow_schema`](super::arrow_schema).
struct Columns<'a> {
    next: usize,
    columns: Vec<Column>,
    is_wanted: &'a dyn Fn(&str) -> bool,
}

impl Columns<'_> {
    fn add(&mut self, fields: &[FieldSpec], prefix: &str) {
        for field in fields {
            match *field {
                FieldSpec::Column(spec) => self.push(prefix, spec.name, || Kind::Value(spec.ty)),
                FieldSpec::Flatten { name, fields, .. } => {
                    self.add(fields, &format!("{prefix}{name}{NESTING}"));
                }
                FieldSpec::List { name, element, .. } => {
                    self.push(prefix, name, || match element {
                        ElementSpec::Record(fields) => {
                            Kind::Records(Encoder::new(fields, |_| true).columns)
                        }
                        ElementSpec::Value(spec) => Kind::Values(spec.ty),
                    });
                }
            }
        }
    }

    fn push(&mut self, prefix: &str, name: &str, kind: impl FnOnce() -> Kind) {
        let name = format!("{prefix}{name}");
        if (self.is_wanted)(&name) {
            let comma = if self.columns.is_empty() { "" } else { "," };
            // the name of a field of a struct has nothing to escape
            let key = format!("{comma}\"{name}\":").into_bytes();
            self.columns.push(Column { array: self.next, key, kind: kind() });
        }
        self.next += 1;
    }
}

/// A column with its values.
enum Values<'a> {
    Bool(&'a BooleanArray),
    Bytes(&'a BinaryArray),
    Date(&'a Date32Array),
    Decimal(&'a StringArray),
    F32(&'a Float32Array),
    F64(&'a Float64Array),
    I64(&'a Int64Array),
    Json(&'a StringArray),
    List(&'a ListArray, Box<Values<'a>>),
    Records(&'a ListArray, Vec<(&'a [u8], Values<'a>)>),
    Text(&'a StringArray),
    Time(&'a Time64MicrosecondArray),
    Timestamp(&'a TimestampMicrosecondArray),
    U64(&'a UInt64Array),
    Uuid(&'a FixedSizeBinaryArray),
}

fn bind<'a>(columns: &'a [Column], arrays: &'a [ArrayRef]) -> Vec<(&'a [u8], Values<'a>)> {
    let bound = columns.iter().map(|column| {
        let array = &*arrays[column.array];
        let values = match &column.kind {
            Kind::Value(ty) => Values::of(*ty, array),
            Kind::Values(ty) => {
                let list = array.as_list::<i32>();
                Values::List(list, Box::new(Values::of(*ty, list.values())))
            }
            Kind::Records(columns) => {
                let list = array.as_list::<i32>();
                Values::Records(list, bind(columns, list.values().as_struct().columns()))
            }
        };
        (&*column.key, values)
    });
    bound.collect()
}

fn object(members: &[(&[u8], Values<'_>)], row: usize, out: &mut Vec<u8>) {
    out.push(b'{');
    for (key, values) in members {
        out.extend_from_slice(key);
        values.write(row, out);
    }
    out.push(b'}');
}

impl<'a> Values<'a> {
    fn of(ty: LogicalType, array: &'a dyn Array) -> Self {
        match ty {
            LogicalType::Bool => Self::Bool(array.as_boolean()),
            LogicalType::Bytes => Self::Bytes(array.as_binary()),
            LogicalType::Date => Self::Date(array.as_primitive::<Date32Type>()),
            LogicalType::Decimal => Self::Decimal(array.as_string()),
            LogicalType::F32 => Self::F32(array.as_primitive::<Float32Type>()),
            LogicalType::F64 => Self::F64(array.as_primitive::<Float64Type>()),
            LogicalType::I8
            | LogicalType::I16
            | LogicalType::I32
            | LogicalType::I64
            | LogicalType::U8
            | LogicalType::U16
            | LogicalType::U32 => Self::I64(array.as_primitive::<Int64Type>()),
            LogicalType::Json => Self::Json(array.as_string()),
            LogicalType::Text => Self::Text(array.as_string()),
            LogicalType::Time => Self::Time(array.as_primitive::<Time64MicrosecondType>()),
            LogicalType::Timestamp => {
                Self::Timestamp(array.as_primitive::<TimestampMicrosecondType>())
            }
            LogicalType::U64 => Self::U64(array.as_primitive::<UInt64Type>()),
            LogicalType::Uuid => Self::Uuid(array.as_fixed_size_binary()),
        }
    }

    fn array(&self) -> &dyn Array {
        match self {
            Self::Bool(array) => array,
            Self::Bytes(array) => array,
            Self::Date(array) => array,
            Self::Decimal(array) | Self::Json(array) | Self::Text(array) => array,
            Self::F32(array) => array,
            Self::F64(array) => array,
            Self::I64(array) => array,
            Self::List(array, _) | Self::Records(array, _) => array,
            Self::Time(array) => array,
            Self::Timestamp(array) => array,
            Self::U64(array) => array,
            Self::Uuid(array) => array,
        }
    }

    fn write(&self, row: usize, out: &mut Vec<u8>) {
        if self.array().is_null(row) {
            return out.extend_from_slice(b"null");
        }
        match self {
            Self::Bool(array) => shown(array.value(row), out),
            Self::Bytes(array) => text(&STANDARD.encode(array.value(row)), out),
            Self::Date(array) => quoted(time::date(array.value(row)), out),
            Self::Decimal(array) => decimal(array.value(row), out),
            Self::F32(array) => json(&array.value(row), out),
            Self::F64(array) => json(&array.value(row), out),
            Self::I64(array) => json(&array.value(row), out),
            Self::Json(array) => one_line(array.value(row), out),
            Self::List(array, elements) => {
                list(array, row, out, |element, out| elements.write(element, out));
            }
            Self::Records(array, members) => {
                list(array, row, out, |element, out| object(members, element, out));
            }
            Self::Text(array) => text(array.value(row), out),
            Self::Time(array) => quoted(time::time(array.value(row)), out),
            Self::Timestamp(array) => quoted(time::timestamp(array.value(row)), out),
            Self::U64(array) => json(&array.value(row), out),
            Self::Uuid(array) => uuid(array.value(row), out),
        }
    }
}

fn list(array: &ListArray, row: usize, out: &mut Vec<u8>, element: impl Fn(usize, &mut Vec<u8>)) {
    let offsets = array.value_offsets();
    out.push(b'[');
    for (nth, at) in (offsets[row]..offsets[row + 1]).enumerate() {
        if nth > 0 {
            out.push(b',');
        }
        element(at as usize, out);
    }
    out.push(b']');
}

/// A value as serde writes it, which is fast for numbers and texts.
fn json<T: serde::Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) {
    serde_json::to_writer(out, value).expect("BUG: memory takes what is written");
}

fn text(value: &str, out: &mut Vec<u8>) {
    json(value, out);
}

fn shown(value: impl Display, out: &mut Vec<u8>) {
    write!(out, "{value}").expect("BUG: memory takes what is written");
}

/// What has nothing to escape.
fn quoted(value: impl Display, out: &mut Vec<u8>) {
    out.push(b'"');
    shown(value, out);
    out.push(b'"');
}

/// A message is one line: the spaces between the parts of a value may be line breaks, which inside of
/// texts are escaped.
fn one_line(json: &str, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(json.as_bytes());
    for byte in &mut out[start..] {
        if matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
}

/// The digits as they came, where JSON writes numbers so.
fn decimal(digits: &str, out: &mut Vec<u8>) {
    if is_number(digits.as_bytes()) {
        return out.extend_from_slice(digits.as_bytes());
    }
    #[cfg(feature = "decimal")]
    if let Ok(value) = crate::value::parse_decimal(digits) {
        return shown(value, out);
    }
    text(digits, out);
}

/// Whether JSON has such a number.
fn is_number(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let (whole, text) = digits(text);
    let is_whole = !whole.is_empty() && (whole.len() == 1 || whole[0] != b'0');
    let (fraction, text) = match text.strip_prefix(b".") {
        Some(text) => digits(text),
        None => (whole, text),
    };
    let exponent = match text {
        [b'e' | b'E', b'+' | b'-', rest @ ..] | [b'e' | b'E', rest @ ..] => digits(rest),
        _ => (whole, text),
    };
    is_whole && !fraction.is_empty() && !exponent.0.is_empty() && exponent.1.is_empty()
}

fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

fn uuid(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            out.push(b'-');
        }
        shown(format_args!("{byte:02x}"), out);
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_json_has_them() {
        for text in ["0", "-0", "12", "1.50", "-0.5", "1e5", "1E+5", "1.5e-7", "10.0"] {
            assert!(is_number(text.as_bytes()), "{text}");
        }
        for text in
            ["", "-", "+1", "01", "-01", ".5", "5.", "1e", "1e+", "1.e5", "1_000", " 1", "1x"]
        {
            assert!(!is_number(text.as_bytes()), "{text}");
        }
    }

    #[cfg(feature = "decimal")]
    #[test]
    fn decimals_keep_their_digits() {
        for (digits, expected) in [("12.30", "12.30"), ("1E+2", "1E+2"), (".5", "0.5"), ("+7", "7")]
        {
            let mut out = Vec::new();
            decimal(digits, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }

    #[test]
    fn json_is_one_line_and_texts_stay_as_they_are() {
        let mut out = b"x\n".to_vec();
        one_line("{\r\n  \"a\\n\": [1,\n2]}", &mut out);
        assert_eq!(out, b"x\n{    \"a\\n\": [1, 2]}");
    }

    #[test]
    fn uuids_have_their_dashes() {
        let mut out = Vec::new();
        uuid(&[0x12, 0, 0, 0xff, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], &mut out);
        assert_eq!(out, b"\"120000ff-0102-0304-0506-0708090a0b0c\"");
    }
}
