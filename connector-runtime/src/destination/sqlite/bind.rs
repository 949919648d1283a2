//! Arrow columns as SQLite parameters.

use std::fmt::Write as _;
use std::io::Write as _;

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
use arrow_buffer::ScalarBuffer;
use rusqlite::Statement;
use rusqlite::types::{Null, ToSqlOutput, ValueRef};
#[cfg(feature = "testing")]
use {crate::schema::Tables, arrow_array::RecordBatch, rusqlite::Connection};

use super::explain::explain;
use crate::error::{Error, ErrorKind, Result};
use crate::value::{LogicalType, rfc3339, time};

/// The columns of a batch, each known by its type.
#[derive(Debug)]
pub(super) struct Columns {
    cells: Vec<Cells>,
    /// For values that are stored as text.
    scratch: Vec<u8>,
}

#[derive(Debug)]
enum Cells {
    Bool(BooleanArray),
    Bytes(BinaryArray),
    Date(Date32Array),
    F32(Float32Array),
    F64(Float64Array),
    I64(Int64Array),
    Text(StringArray),
    Time(Time64MicrosecondArray),
    Timestamp(TimestampMicrosecondArray),
    U64(UInt64Array),
    Uuid(FixedSizeBinaryArray),
}

impl Columns {
    pub(super) fn new(arrays: &[ArrayRef], types: impl Iterator<Item = LogicalType>) -> Self {
        Self::of(arrays.iter().zip(types))
    }

    pub(super) fn of<'a>(columns: impl Iterator<Item = (&'a ArrayRef, LogicalType)>) -> Self {
        let cells = columns.map(|(array, ty)| match ty {
            LogicalType::Bool => Cells::Bool(array.as_boolean().clone()),
            LogicalType::Bytes => Cells::Bytes(array.as_binary().clone()),
            LogicalType::Date => Cells::Date(array.as_primitive::<Date32Type>().clone()),
            LogicalType::F32 => Cells::F32(array.as_primitive::<Float32Type>().clone()),
            LogicalType::F64 => Cells::F64(array.as_primitive::<Float64Type>().clone()),
            LogicalType::I8
            | LogicalType::I16
            | LogicalType::I32
            | LogicalType::I64
            | LogicalType::U8
            | LogicalType::U16
            | LogicalType::U32 => Cells::I64(array.as_primitive::<Int64Type>().clone()),
            LogicalType::Decimal | LogicalType::Json | LogicalType::Text => {
                Cells::Text(array.as_string().clone())
            }
            LogicalType::Time => Cells::Time(array.as_primitive::<Time64MicrosecondType>().clone()),
            LogicalType::Timestamp => {
                Cells::Timestamp(array.as_primitive::<TimestampMicrosecondType>().clone())
            }
            LogicalType::U64 => Cells::U64(array.as_primitive::<UInt64Type>().clone()),
            LogicalType::Uuid => Cells::Uuid(array.as_fixed_size_binary().clone()),
        });
        Self { cells: cells.collect(), scratch: Vec::new() }
    }

    /// Binds one row to the parameters after `first`.
    pub(super) fn bind(
        &mut self,
        statement: &mut Statement<'_>,
        first: usize,
        row: usize,
    ) -> Result<()> {
        for (index, cells) in self.cells.iter().enumerate() {
            let at = first + index + 1;
            // the driver binds each type by code of its own, which is shorter than that for any value
            let bound = match cells {
                Cells::Text(array) if array.is_valid(row) => {
                    statement.raw_bind_parameter(at, array.value(row))
                }
                cells => match cells.value(row, &mut self.scratch)? {
                    ValueRef::Null => statement.raw_bind_parameter(at, Null),
                    ValueRef::Integer(value) => statement.raw_bind_parameter(at, value),
                    ValueRef::Real(value) => statement.raw_bind_parameter(at, value),
                    value => statement.raw_bind_parameter(at, ToSqlOutput::Borrowed(value)),
                },
            };
            bound.map_err(explain)?;
        }
        Ok(())
    }

    /// Whether one row has the values that are stored, which are of the same columns; that of `key` is known
    /// to be the same. Values of different storage classes differ.
    pub(super) fn equal<'s>(
        &mut self,
        row: usize,
        stored: impl Fn(usize) -> ValueRef<'s>,
        key: usize,
    ) -> bool {
        self.cells.iter().enumerate().filter(|(index, _)| *index != key).all(|(index, cells)| {
            let stored = stored(index);
            // the frequent ones without a detour
            match cells {
                Cells::Text(array) if array.is_valid(row) => {
                    return stored == ValueRef::Text(array.value(row).as_bytes());
                }
                Cells::I64(array) if array.is_valid(row) => {
                    return stored == ValueRef::Integer(array.value(row));
                }
                _ => {}
            }
            // what has no value here is left to the one who binds it
            let value = cells.value(row, &mut self.scratch);
            value.is_ok_and(|value| value == stored)
        })
    }

    /// The values of a column of integers, if SQLite has all of them and none is missing.
    pub(super) fn integers(&self, column: usize) -> Option<ScalarBuffer<i64>> {
        match &self.cells[column] {
            Cells::I64(array) if array.null_count() == 0 => Some(array.values().clone()),
            Cells::U64(array) if array.null_count() == 0 => {
                let values = array.values().iter().map(|value| i64::try_from(*value).ok());
                values.collect::<Option<Vec<_>>>().map(ScalarBuffer::from)
            }
            _ => None,
        }
    }
}

/// Whether values of a type are bound as texts.
pub(super) fn is_text(ty: LogicalType) -> bool {
    use LogicalType::{Date, Decimal, Json, Text, Time, Timestamp, Uuid};
    matches!(ty, Date | Decimal | Json | Text | Time | Timestamp | Uuid)
}

impl Cells {
    /// A value as it is stored.
    #[inline]
    fn value<'a>(&'a self, row: usize, scratch: &'a mut Vec<u8>) -> Result<ValueRef<'a>> {
        macro_rules! value {
            ($array:expr, $value:expr) => {
                if $array.is_null(row) { ValueRef::Null } else { $value }
            };
        }
        macro_rules! text {
            ($array:expr, $write:expr) => {
                value!($array, {
                    scratch.clear();
                    $write;
                    ValueRef::Text(scratch)
                })
            };
        }
        Ok(match self {
            Cells::Bool(array) => value!(array, ValueRef::Integer(array.value(row).into())),
            Cells::Bytes(array) => value!(array, ValueRef::Blob(array.value(row))),
            Cells::F32(array) => value!(array, ValueRef::Real(array.value(row).into())),
            Cells::F64(array) => value!(array, ValueRef::Real(array.value(row))),
            Cells::I64(array) => value!(array, ValueRef::Integer(array.value(row))),
            Cells::Text(array) => value!(array, ValueRef::Text(array.value(row).as_bytes())),
            Cells::U64(array) => value!(array, ValueRef::Integer(integer(array.value(row))?)),
            // fixed widths, so that texts sort as the instants do
            Cells::Timestamp(array) => {
                text!(array, rfc3339::write_micros(array.value(row), scratch))
            }
            Cells::Date(array) => {
                text!(array, _ = write!(scratch, "{}", time::date(array.value(row))))
            }
            Cells::Time(array) => {
                text!(array, _ = write!(scratch, "{:.6}", time::time(array.value(row))))
            }
            Cells::Uuid(array) => {
                text!(array, _ = write!(scratch, "{}", Hyphenated(array.value(row))))
            }
        })
    }
}

fn integer(value: u64) -> Result<i64> {
    i64::try_from(value).map_err(|_| {
        let text = "BUG: an integer beyond the limits of this destination";
        Error::new(ErrorKind::Internal, text)
    })
}

/// Binds rows to a statement that does nothing with them: for benches.
#[cfg(feature = "testing")]
#[derive(Debug)]
pub struct SqliteBinding(Connection);

#[cfg(feature = "testing")]
impl SqliteBinding {
    /// # Errors
    ///
    /// When SQLite has no memory.
    pub fn new() -> Result<Self> {
        Connection::open_in_memory().map(Self).map_err(explain)
    }

    /// Binds every row of a batch, table by table.
    ///
    /// # Errors
    ///
    /// When SQLite refuses one.
    pub fn bind(&self, tables: &Tables, batch: &RecordBatch) -> Result<()> {
        for (table, part) in tables.iter().zip(&tables.split(batch)) {
            let marks = vec!["?"; table.columns.len()].join(", ");
            let statement = self.0.prepare_cached(&format!("SELECT {marks}"));
            let mut statement = statement.map_err(explain)?;
            let types = table.columns.iter().map(|column| column.ty);
            let mut columns = Columns::new(&part.columns, types);
            for row in 0..part.rows.len() {
                columns.bind(&mut statement, 0, row)?;
            }
        }
        Ok(())
    }
}

/// A UUID as RFC 9562 writes it.
struct Hyphenated<'a>(&'a [u8]);

impl std::fmt::Display for Hyphenated<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                f.write_char('-')?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}
