//! Arrow columns as SQLite parameters.

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
use rusqlite::Statement;
use rusqlite::types::Null;
#[cfg(feature = "testing")]
use {crate::schema::Tables, arrow_array::RecordBatch, rusqlite::Connection};

use crate::error::{Error, ErrorKind, Result};
use crate::value::{LogicalType, rfc3339, time};

/// The columns of a batch, each known by its type.
pub(super) struct Columns<'a> {
    cells: Vec<Cells<'a>>,
    /// For values that are stored as text.
    scratch: String,
}

enum Cells<'a> {
    Bool(&'a BooleanArray),
    Bytes(&'a BinaryArray),
    Date(&'a Date32Array),
    F32(&'a Float32Array),
    F64(&'a Float64Array),
    I64(&'a Int64Array),
    Text(&'a StringArray),
    Time(&'a Time64MicrosecondArray),
    Timestamp(&'a TimestampMicrosecondArray),
    U64(&'a UInt64Array),
    Uuid(&'a FixedSizeBinaryArray),
}

impl<'a> Columns<'a> {
    pub(super) fn new(arrays: &'a [ArrayRef], types: impl Iterator<Item = LogicalType>) -> Self {
        let cells = arrays.iter().zip(types).map(|(array, ty)| match ty {
            LogicalType::Bool => Cells::Bool(array.as_boolean()),
            LogicalType::Bytes => Cells::Bytes(array.as_binary()),
            LogicalType::Date => Cells::Date(array.as_primitive::<Date32Type>()),
            LogicalType::F32 => Cells::F32(array.as_primitive::<Float32Type>()),
            LogicalType::F64 => Cells::F64(array.as_primitive::<Float64Type>()),
            LogicalType::I8
            | LogicalType::I16
            | LogicalType::I32
            | LogicalType::I64
            | LogicalType::U8
            | LogicalType::U16
            | LogicalType::U32 => Cells::I64(array.as_primitive::<Int64Type>()),
            LogicalType::Decimal | LogicalType::Json | LogicalType::Text => {
                Cells::Text(array.as_string())
            }
            LogicalType::Time => Cells::Time(array.as_primitive::<Time64MicrosecondType>()),
            LogicalType::Timestamp => {
                Cells::Timestamp(array.as_primitive::<TimestampMicrosecondType>())
            }
            LogicalType::U64 => Cells::U64(array.as_primitive::<UInt64Type>()),
            LogicalType::Uuid => Cells::Uuid(array.as_fixed_size_binary()),
        });
        Self { cells: cells.collect(), scratch: String::new() }
    }

    /// Binds one row to the parameters after `first`.
    pub(super) fn bind(
        &mut self,
        statement: &mut Statement<'_>,
        first: usize,
        row: usize,
    ) -> Result<()> {
        for (index, cells) in self.cells.iter().enumerate() {
            bind_cell(cells, row, first + index + 1, statement, &mut self.scratch)?;
        }
        Ok(())
    }
}

/// Whether values of a type are bound as texts.
pub(super) fn is_text(ty: LogicalType) -> bool {
    use LogicalType::{Date, Decimal, Json, Text, Time, Timestamp, Uuid};
    matches!(ty, Date | Decimal | Json | Text | Time | Timestamp | Uuid)
}

fn bind_cell(
    cells: &Cells<'_>,
    row: usize,
    at: usize,
    statement: &mut Statement<'_>,
    scratch: &mut String,
) -> Result<()> {
    macro_rules! bind {
        ($array:expr, $value:expr) => {
            if $array.is_null(row) {
                statement.raw_bind_parameter(at, Null)
            } else {
                statement.raw_bind_parameter(at, $value)
            }
        };
    }
    macro_rules! bind_text {
        ($array:expr, $($value:tt)*) => {
            if $array.is_null(row) {
                statement.raw_bind_parameter(at, Null)
            } else {
                scratch.clear();
                let _ = write!(scratch, $($value)*);
                statement.raw_bind_parameter(at, scratch.as_str())
            }
        };
    }
    let bound = match cells {
        Cells::Bool(array) => bind!(array, array.value(row)),
        Cells::Bytes(array) => bind!(array, array.value(row)),
        Cells::F32(array) => bind!(array, f64::from(array.value(row))),
        Cells::F64(array) => bind!(array, array.value(row)),
        Cells::I64(array) => bind!(array, array.value(row)),
        Cells::Text(array) => bind!(array, array.value(row)),
        Cells::U64(array) => match i64::try_from(array.value(row)) {
            Ok(value) => bind!(array, value),
            Err(_) => {
                let text = "BUG: an integer beyond the limits of this destination";
                return Err(Error::new(ErrorKind::Internal, text));
            }
        },
        // fixed widths, so that texts sort as the instants do
        Cells::Timestamp(array) if array.is_valid(row) => {
            scratch.clear();
            rfc3339::write_micros(array.value(row), scratch);
            statement.raw_bind_parameter(at, scratch.as_str())
        }
        Cells::Timestamp(_) => statement.raw_bind_parameter(at, Null),
        Cells::Date(array) => bind_text!(array, "{}", time::date(array.value(row))),
        Cells::Time(array) => bind_text!(array, "{:.6}", time::time(array.value(row))),
        Cells::Uuid(array) => bind_text!(array, "{}", Hyphenated(array.value(row))),
    };
    bound.map_err(super::explain::explain)
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
        Connection::open_in_memory().map(Self).map_err(super::explain::explain)
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
            let mut statement = statement.map_err(super::explain::explain)?;
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
