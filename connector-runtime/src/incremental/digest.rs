//! Digests of rows, by which a later load knows them again. They are stored: every release and every
//! machine must come to the same.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Float32Type, Float64Type, Int64Type, Time64MicrosecondType,
    TimestampMicrosecondType, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Fields};

/// FNV-1a over the values of a row that are not null, each behind the name of its column: neither the
/// order of columns counts, nor one that was added and is null.
#[derive(Debug)]
pub(super) struct Digester {
    columns: Vec<Column>,
}

#[derive(Debug)]
struct Column {
    /// Among the arrays.
    at: usize,
    name: String,
    shape: Shape,
}

#[derive(Debug)]
enum Shape {
    Value,
    List(Box<Shape>),
    Record(Vec<Column>),
}

/// Behind a name, in which no such byte can be.
const NAME: u8 = 0xff;
/// Behind the last value of a record, where else a name begins.
const END: u8 = 0xfe;

impl Digester {
    /// `fields`: of the batches.
    pub(super) fn new(fields: &Fields) -> Self {
        Self { columns: columns(fields) }
    }

    pub(super) fn digest(&self, batch: &RecordBatch, row: usize) -> u64 {
        let mut fnv = Fnv(0xcbf2_9ce4_8422_2325);
        fnv.record(&self.columns, batch.columns(), row);
        fnv.0
    }
}

/// By their names.
fn columns(fields: &Fields) -> Vec<Column> {
    let column = |(at, field): (usize, &arrow_schema::FieldRef)| Column {
        at,
        name: field.name().clone(),
        shape: shape(field.data_type()),
    };
    let mut columns: Vec<_> = fields.iter().enumerate().map(column).collect();
    columns.sort_by(|a, b| a.name.cmp(&b.name));
    columns
}

fn shape(ty: &DataType) -> Shape {
    match ty {
        DataType::List(item) => Shape::List(Box::new(shape(item.data_type()))),
        DataType::Struct(fields) => Shape::Record(columns(fields)),
        _ => Shape::Value,
    }
}

struct Fnv(u64);

impl Fnv {
    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    }

    /// What may have any length is behind its length.
    fn sized(&mut self, bytes: &[u8]) {
        self.bytes(&(bytes.len() as u64).to_le_bytes());
        self.bytes(bytes);
    }

    fn record(&mut self, columns: &[Column], arrays: &[ArrayRef], row: usize) {
        for Column { at, name, shape } in columns {
            let array = &arrays[*at];
            if !array.is_null(row) {
                self.bytes(name.as_bytes());
                self.bytes(&[NAME]);
                self.value(shape, array, row);
            }
        }
        self.bytes(&[END]);
    }

    fn value(&mut self, shape: &Shape, array: &ArrayRef, row: usize) {
        match shape {
            Shape::Value => self.plain(array, row),
            Shape::List(shape) => {
                let elements = array.as_list::<i32>().value(row);
                self.bytes(&(elements.len() as u64).to_le_bytes());
                for element in 0..elements.len() {
                    self.bytes(&[u8::from(elements.is_valid(element))]);
                    if elements.is_valid(element) {
                        self.value(shape, &elements, element);
                    }
                }
            }
            Shape::Record(columns) => self.record(columns, array.as_struct().columns(), row),
        }
    }

    fn plain(&mut self, array: &ArrayRef, row: usize) {
        macro_rules! number {
            ($ty:ty) => {
                self.bytes(&array.as_primitive::<$ty>().value(row).to_le_bytes())
            };
        }
        match array.data_type() {
            DataType::Binary => self.sized(array.as_binary::<i32>().value(row)),
            DataType::Boolean => self.bytes(&[u8::from(array.as_boolean().value(row))]),
            DataType::Date32 => number!(Date32Type),
            DataType::FixedSizeBinary(_) => self.bytes(array.as_fixed_size_binary().value(row)),
            DataType::Float32 => number!(Float32Type),
            DataType::Float64 => number!(Float64Type),
            DataType::Int64 => number!(Int64Type),
            DataType::Time64(_) => number!(Time64MicrosecondType),
            DataType::Timestamp(..) => number!(TimestampMicrosecondType),
            DataType::UInt64 => number!(UInt64Type),
            DataType::Utf8 => self.sized(array.as_string::<i32>().value(row).as_bytes()),
            _ => unreachable!("BUG: a type that no column has"),
        }
    }
}
