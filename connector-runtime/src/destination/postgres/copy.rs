//! Arrow columns as PostgreSQL reads them fastest: `COPY .. FROM STDIN (FORMAT binary)`.

use std::fmt::Write;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Float32Type, Float64Type, Int64Type, Time64MicrosecondType,
    TimestampMicrosecondType, UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, FixedSizeBinaryArray, Float32Array,
    Float64Array, Int64Array, StringArray, Time64MicrosecondArray, TimestampMicrosecondArray,
    UInt64Array,
};
use bytes::{BufMut, Bytes, BytesMut};
#[cfg(feature = "testing")]
use {
    crate::schema::{Part, Table, Tables},
    arrow_array::RecordBatch,
};

use super::{jsonb, numeric};
use crate::value::LogicalType;

/// What goes over the network at once.
const CHUNK: usize = 128 * 1024;

/// The signature, no flags, no extension of the header.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// A row with this many columns is no row but the end.
const END: i16 = -1;
/// The length of what is null.
const NULL: i32 = -1;

/// The version of the format of `jsonb`.
const JSONB: u8 = 1;

/// Microseconds from 1970, where Arrow counts from, to 2000, where PostgreSQL does.
const EPOCH_MICROS: i64 = 946_684_800_000_000;
/// The same in days.
const EPOCH_DAYS: i32 = 10_957;

/// Rows on their way into a table, in pieces.
pub(super) struct Rows<'a> {
    columns: Columns<'a>,
    count: usize,
    next: usize,
    is_ended: bool,
    buffer: BytesMut,
}

/// Rows as they are sent, and as the database sends them.
pub(super) struct Columns<'a> {
    cells: Vec<Cells<'a>>,
    /// For numbers that are read as text.
    scratch: String,
}

/// What stands in the last column.
#[derive(Clone, Copy, Debug)]
pub(super) enum Last {
    /// The row of the batch that a row came with, plus this.
    Row(i64),
    /// This.
    Same(i64),
}

enum Cells<'a> {
    Bool(&'a BooleanArray),
    Bytes(&'a BinaryArray),
    Date(&'a Date32Array),
    Decimal(&'a StringArray),
    F32(&'a Float32Array),
    F64(&'a Float64Array),
    I16(&'a Int64Array),
    I32(&'a Int64Array),
    I64(&'a Int64Array),
    Json(&'a StringArray),
    /// As the database writes it.
    Jsonb(&'a StringArray),
    /// A counter that stands in no array of the batch.
    Row(&'a Int64Array, i64),
    /// The same for all rows.
    Same(i64),
    Text(&'a StringArray),
    Time(&'a Time64MicrosecondArray),
    Timestamp(&'a TimestampMicrosecondArray),
    U64(&'a UInt64Array),
    Uuid(&'a FixedSizeBinaryArray),
}

impl<'a> Rows<'a> {
    /// Columns with their types, and as the last one a number; `rows` says with which rows of the batch they came.
    pub(super) fn new(
        columns: impl Iterator<Item = (&'a ArrayRef, LogicalType)>,
        rows: &'a Int64Array,
        last: Last,
    ) -> Self {
        let mut columns = Columns::new(columns);
        columns.cells.push(match last {
            Last::Row(first) => Cells::Row(rows, first),
            Last::Same(value) => Cells::Same(value),
        });
        let mut buffer = BytesMut::with_capacity(CHUNK + CHUNK / 4);
        buffer.put_slice(HEADER);
        let count = rows.len();
        Self { columns, count, next: 0, is_ended: false, buffer }
    }
}

impl<'a> Columns<'a> {
    pub(super) fn new(columns: impl Iterator<Item = (&'a ArrayRef, LogicalType)>) -> Self {
        let cells = columns.map(|(array, ty)| Cells::new(array, ty)).collect();
        Self { cells, scratch: String::new() }
    }

    /// As the database sends them.
    pub(super) fn read_back(mut self) -> Self {
        for cells in &mut self.cells {
            if let Cells::Json(array) = *cells {
                *cells = Cells::Jsonb(array);
            }
        }
        self
    }

    /// Appends one row: the number of its columns, and each value behind its length.
    pub(super) fn put(&mut self, row: usize, out: &mut BytesMut) {
        out.put_i16(i16::try_from(self.cells.len()).expect("BUG: PostgreSQL has 1,600 columns"));
        for cells in &self.cells {
            cells.put(row, out, &mut self.scratch);
        }
    }
}

/// The row that a piece of `COPY .. TO STDOUT (FORMAT binary)` holds, in which each row is a piece. Before the first
/// one is the header, and behind the last one the end.
pub(super) fn row_of(piece: &[u8]) -> Option<&[u8]> {
    let row = piece.strip_prefix(HEADER).unwrap_or(piece);
    (!row.is_empty() && !row.starts_with(&END.to_be_bytes())).then_some(row)
}

/// The bytes that a batch becomes, table by table: for benches.
#[cfg(feature = "testing")]
pub fn postgres_copy(tables: &Tables, batch: &RecordBatch) -> usize {
    let stream = |(table, part): (&Table, &Part)| -> usize {
        let types = table.columns.iter().map(|column| column.ty);
        let rows = Rows::new(part.columns.iter().zip(types), &part.rows, Last::Row(0));
        rows.map(|chunk| chunk.len()).sum()
    };
    tables.iter().zip(&tables.split(batch)).map(stream).sum()
}

impl Iterator for Rows<'_> {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        if self.is_ended {
            return None;
        }
        while self.next < self.count && self.buffer.len() < CHUNK {
            self.columns.put(self.next, &mut self.buffer);
            self.next += 1;
        }
        if self.next == self.count {
            self.buffer.put_i16(END);
            self.is_ended = true;
        }
        let chunk = self.buffer.split().freeze();
        self.buffer.reserve(CHUNK + CHUNK / 4);
        Some(chunk)
    }
}

impl<'a> Cells<'a> {
    fn new(array: &'a ArrayRef, ty: LogicalType) -> Self {
        match ty {
            LogicalType::Bool => Self::Bool(array.as_boolean()),
            LogicalType::Bytes => Self::Bytes(array.as_binary()),
            LogicalType::Date => Self::Date(array.as_primitive::<Date32Type>()),
            LogicalType::Decimal => Self::Decimal(array.as_string()),
            LogicalType::F32 => Self::F32(array.as_primitive::<Float32Type>()),
            LogicalType::F64 => Self::F64(array.as_primitive::<Float64Type>()),
            LogicalType::I8 | LogicalType::U8 | LogicalType::I16 => {
                Self::I16(array.as_primitive::<Int64Type>())
            }
            LogicalType::U16 | LogicalType::I32 => Self::I32(array.as_primitive::<Int64Type>()),
            LogicalType::U32 | LogicalType::I64 => Self::I64(array.as_primitive::<Int64Type>()),
            LogicalType::U64 => Self::U64(array.as_primitive::<UInt64Type>()),
            LogicalType::Json => Self::Json(array.as_string()),
            LogicalType::Text => Self::Text(array.as_string()),
            LogicalType::Time => Self::Time(array.as_primitive::<Time64MicrosecondType>()),
            LogicalType::Timestamp => {
                Self::Timestamp(array.as_primitive::<TimestampMicrosecondType>())
            }
            LogicalType::Uuid => Self::Uuid(array.as_fixed_size_binary()),
        }
    }

    /// Appends the length of one value and the value.
    fn put(&self, row: usize, out: &mut BytesMut, scratch: &mut String) {
        macro_rules! put {
            ($array:ident, $length:literal, $value:expr) => {
                if $array.is_null(row) {
                    out.put_i32(NULL);
                } else {
                    // at once: each piece asks for room
                    let mut cell = [0; 4 + $length];
                    cell[..4].copy_from_slice(&i32::to_be_bytes($length));
                    cell[4..].copy_from_slice(&$value.to_be_bytes());
                    out.put_slice(&cell);
                }
            };
        }
        macro_rules! put_bytes {
            ($array:ident, $($before:expr)?) => { put_bytes!($array.value(row), $array, $($before)?) };
            ($value:expr, $array:ident, $($before:expr)?) => {
                if $array.is_null(row) {
                    out.put_i32(NULL);
                } else {
                    let before: &[u8] = &[$($before)?];
                    let value = $value;
                    let value: &[u8] = value.as_ref();
                    // a batch holds a few megabytes
                    out.put_i32((before.len() + value.len()) as i32);
                    out.put_slice(before);
                    out.put_slice(value);
                }
            };
        }
        macro_rules! put_number {
            ($array:ident) => {
                if $array.is_null(row) {
                    out.put_i32(NULL);
                } else {
                    scratch.clear();
                    let _ = write!(scratch, "{}", $array.value(row));
                    numeric::put(scratch, out);
                }
            };
        }
        match self {
            Self::Bool(array) => put!(array, 1, u8::from(array.value(row))),
            Self::Bytes(array) => put_bytes!(array,),
            Self::Date(array) => put!(array, 4, array.value(row) - EPOCH_DAYS),
            Self::Decimal(array) => put_number!(array),
            Self::F32(array) => put!(array, 4, array.value(row)),
            Self::F64(array) => put!(array, 8, array.value(row)),
            // decode has checked the ranges
            Self::I16(array) => put!(array, 2, array.value(row) as i16),
            Self::I32(array) => put!(array, 4, array.value(row) as i32),
            Self::I64(array) => put!(array, 8, array.value(row)),
            Self::Json(array) => put_bytes!(array, JSONB),
            Self::Jsonb(array) => put_bytes!(jsonb::written(array.value(row)), array, JSONB),
            Self::Row(array, first) => put!(array, 8, first + array.value(row)),
            Self::Same(value) => {
                out.put_i32(8);
                out.put_i64(*value);
            }
            Self::Text(array) => put_bytes!(array,),
            Self::Time(array) => put!(array, 8, array.value(row)),
            Self::Timestamp(array) => put!(array, 8, array.value(row) - EPOCH_MICROS),
            Self::U64(array) => put_number!(array),
            Self::Uuid(array) => put_bytes!(array,),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn pieces_are_one_stream() {
        let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("x".repeat(CHUNK)); 3]));
        let rows = Int64Array::from(vec![0, 1, 2]);
        let columns = || [(&texts, LogicalType::Text)].into_iter();
        let chunks: Vec<_> = Rows::new(columns(), &rows, Last::Row(10)).collect();
        assert_eq!(chunks.len(), 3);
        let stream = chunks.concat();
        assert!(stream.starts_with(b"PGCOPY\n\xff\r\n\0"));
        assert_eq!(stream[19..21], [0, 2], "columns of the first row");
        assert_eq!(stream[stream.len() - 2..], [0xff, 0xff], "the end");
        assert_eq!(
            stream[stream.len() - 14..stream.len() - 2],
            [0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 12]
        );
        assert_eq!(stream.len(), 19 + 3 * (2 + 4 + CHUNK + 4 + 8) + 2);
    }

    #[test]
    fn no_rows_are_a_stream() {
        let rows = Int64Array::from(Vec::<i64>::new());
        let stream: Vec<_> = Rows::new([].into_iter(), &rows, Last::Row(0)).collect();
        assert_eq!(stream.concat(), b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0\xff\xff");
    }

    #[test]
    fn null_has_a_length_and_no_bytes() {
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![None, Some(-2)]));
        let rows = Int64Array::from(vec![0, 0]);
        let columns = [(&numbers, LogicalType::U8)].into_iter();
        let stream: Vec<_> = Rows::new(columns, &rows, Last::Row(0)).collect();
        let body = &stream.concat()[19..];
        assert_eq!(body[..6], [0, 2, 0xff, 0xff, 0xff, 0xff]);
        assert_eq!(body[18..26], [0, 2, 0, 0, 0, 2, 0xff, 0xfe]);
    }
}
