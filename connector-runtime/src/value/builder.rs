//! [`ColumnBuilder`]: one growing Arrow array.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{
    ArrayBuilder, BinaryBuilder, BooleanBuilder, Date32Builder, FixedSizeBinaryBuilder,
    Float32Builder, Float64Builder, Int64Builder, StringBuilder, Time64MicrosecondBuilder,
    TimestampMicrosecondBuilder, UInt64Builder,
};
use arrow_schema::{DataType, TimeUnit};

use super::bounds::{Bounds, Guard};
use super::column::LogicalType;
use crate::spec::ColumnSpec;

/// A growing column of one [`LogicalType`].
#[derive(Debug)]
pub struct ColumnBuilder {
    ty: LogicalType,
    values: Values,
    /// Part of a key: two values must not become one.
    key: bool,
    guard: Guard,
    failure: Option<String>,
}

#[derive(Debug)]
enum Values {
    Bool(BooleanBuilder),
    Bytes(BinaryBuilder),
    Date(Date32Builder),
    F32(Float32Builder),
    F64(Float64Builder),
    I64(Int64Builder),
    Text(StringBuilder),
    Time(Time64MicrosecondBuilder),
    Timestamp(TimestampMicrosecondBuilder),
    U64(UInt64Builder),
    Uuid(FixedSizeBinaryBuilder),
}

/// The same expression for every kind of builder.
macro_rules! each {
    ($values:expr, $builder:ident => $expression:expr) => {
        match $values {
            Values::Bool($builder) => $expression,
            Values::Bytes($builder) => $expression,
            Values::Date($builder) => $expression,
            Values::F32($builder) => $expression,
            Values::F64($builder) => $expression,
            Values::I64($builder) => $expression,
            Values::Text($builder) => $expression,
            Values::Time($builder) => $expression,
            Values::Timestamp($builder) => $expression,
            Values::U64($builder) => $expression,
            Values::Uuid($builder) => $expression,
        }
    };
}

impl Values {
    /// None yet, with room for some, and for the bytes of their texts.
    fn with_capacity(ty: LogicalType, len: usize, bytes: usize) -> Self {
        match ty {
            LogicalType::Bool => Self::Bool(BooleanBuilder::with_capacity(len)),
            LogicalType::Bytes => Self::Bytes(BinaryBuilder::with_capacity(len, bytes)),
            LogicalType::Date => Self::Date(Date32Builder::with_capacity(len)),
            LogicalType::F32 => Self::F32(Float32Builder::with_capacity(len)),
            LogicalType::F64 => Self::F64(Float64Builder::with_capacity(len)),
            LogicalType::I8
            | LogicalType::I16
            | LogicalType::I32
            | LogicalType::I64
            | LogicalType::U8
            | LogicalType::U16
            | LogicalType::U32 => Self::I64(Int64Builder::with_capacity(len)),
            LogicalType::Decimal | LogicalType::Json | LogicalType::Text => {
                Self::Text(StringBuilder::with_capacity(len, bytes))
            }
            LogicalType::Time => Self::Time(Time64MicrosecondBuilder::with_capacity(len)),
            LogicalType::Timestamp => {
                let instants = TimestampMicrosecondBuilder::with_capacity(len);
                Self::Timestamp(instants.with_timezone("UTC"))
            }
            LogicalType::U64 => Self::U64(UInt64Builder::with_capacity(len)),
            LogicalType::Uuid => Self::Uuid(FixedSizeBinaryBuilder::with_capacity(len, 16)),
        }
    }
}

const WRONG_TYPE: &str = "BUG: a value of another type than the column's";

impl ColumnBuilder {
    /// An empty column.
    pub(crate) fn new(spec: &ColumnSpec) -> Self {
        let values = Values::with_capacity(spec.ty, 0, 0);
        Self { ty: spec.ty, values, key: spec.primary_key, guard: Guard::Free, failure: None }
    }

    /// Whether the column is part of a key.
    pub(super) fn is_key(&self) -> bool {
        self.key
    }

    /// The Arrow type of the finished column.
    pub(crate) fn data_type(ty: LogicalType) -> DataType {
        match ty {
            LogicalType::Bool => DataType::Boolean,
            LogicalType::Bytes => DataType::Binary,
            LogicalType::Date => DataType::Date32,
            LogicalType::F32 => DataType::Float32,
            LogicalType::F64 => DataType::Float64,
            LogicalType::I8
            | LogicalType::I16
            | LogicalType::I32
            | LogicalType::I64
            | LogicalType::U8
            | LogicalType::U16
            | LogicalType::U32 => DataType::Int64,
            LogicalType::Decimal | LogicalType::Json | LogicalType::Text => DataType::Utf8,
            LogicalType::Time => DataType::Time64(TimeUnit::Microsecond),
            LogicalType::Timestamp => {
                DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
            }
            LogicalType::U64 => DataType::UInt64,
            LogicalType::Uuid => DataType::FixedSizeBinary(16),
        }
    }

    /// From now on values that the destination cannot store are failures.
    pub(crate) fn limit(&mut self, ty: LogicalType, bounds: Bounds) {
        self.guard = Guard::new(ty, bounds);
    }

    /// Values so far.
    pub(crate) fn len(&self) -> usize {
        each!(&self.values, builder => builder.len())
    }

    /// Hands out what was appended and starts anew, with room for as much again.
    pub(crate) fn finish(&mut self) -> ArrayRef {
        let len = self.len();
        let bytes = match &self.values {
            Values::Text(b) => b.values_slice().len(),
            Values::Bytes(b) => b.values_slice().len(),
            _ => 0,
        };
        let finished = each!(&mut self.values, builder => Arc::new(builder.finish()) as ArrayRef);
        self.values = Values::with_capacity(self.ty, len, bytes);
        finished
    }

    /// Notes that a value could not be appended; the row it belongs to is refused.
    pub(crate) fn fail(&mut self, reason: String) {
        self.failure = Some(reason);
        self.append_zero();
    }

    /// Whether something went wrong that nobody has asked for.
    #[inline]
    pub(crate) fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    /// What went wrong since the last call.
    pub(crate) fn take_failure(&mut self) -> Option<String> {
        self.failure.take()
    }

    /// Fills up to a length: the place of a value in a row that nobody will see.
    pub(crate) fn pad(&mut self, len: usize) {
        while self.len() < len {
            self.append_zero();
        }
    }

    /// Not null: a column that takes no null has none, not even where nobody looks.
    fn append_zero(&mut self) {
        match &mut self.values {
            Values::Bool(b) => b.append_value(false),
            Values::Bytes(b) => b.append_value([]),
            Values::Date(b) => b.append_value(0),
            Values::F32(b) => b.append_value(0.0),
            Values::F64(b) => b.append_value(0.0),
            Values::I64(b) => b.append_value(0),
            Values::Text(b) => b.append_value(""),
            Values::Time(b) => b.append_value(0),
            Values::Timestamp(b) => b.append_value(0),
            Values::U64(b) => b.append_value(0),
            Values::Uuid(b) => b.append_value([0; 16]).expect("BUG: 16 bytes"),
        }
    }

    /// Appends null.
    #[inline]
    pub(crate) fn append_null(&mut self) {
        each!(&mut self.values, builder => builder.append_null());
    }

    /// An integer, a number of microseconds or a number of days, as the column's type has it.
    #[inline]
    pub(crate) fn append_i64(&mut self, value: i64) {
        if let Some(reason) = self.guard.refuses_time(value) {
            return self.fail(reason);
        }
        match &mut self.values {
            Values::I64(b) => b.append_value(value),
            Values::Timestamp(b) => b.append_value(value),
            Values::Time(b) => b.append_value(value),
            Values::Date(b) => b.append_value(value as i32),
            _ => unreachable!("{WRONG_TYPE}"),
        }
    }

    pub(crate) fn append_u64(&mut self, value: u64) {
        if let Some(reason) = self.guard.refuses_integer(value) {
            return self.fail(reason);
        }
        let Values::U64(b) = &mut self.values else { unreachable!("{WRONG_TYPE}") };
        b.append_value(value);
    }

    pub(crate) fn append_f64(&mut self, value: f64) {
        let Values::F64(b) = &mut self.values else { unreachable!("{WRONG_TYPE}") };
        b.append_value(value);
    }

    pub(crate) fn append_f32(&mut self, value: f32) {
        let Values::F32(b) = &mut self.values else { unreachable!("{WRONG_TYPE}") };
        b.append_value(value);
    }

    pub(crate) fn append_bool(&mut self, value: bool) {
        let Values::Bool(b) = &mut self.values else { unreachable!("{WRONG_TYPE}") };
        b.append_value(value);
    }

    #[inline]
    pub(crate) fn append_text(&mut self, value: &str) {
        if let Some(reason) = self.guard.refuses_text(value) {
            return self.fail(reason);
        }
        let Values::Text(b) = &mut self.values else { unreachable!("{WRONG_TYPE}") };
        b.append_value(value);
    }

    pub(crate) fn append_bytes(&mut self, value: &[u8]) {
        let Values::Bytes(b) = &mut self.values else { unreachable!("{WRONG_TYPE}") };
        b.append_value(value);
    }

    #[cfg(feature = "uuid")]
    pub(crate) fn append_uuid(&mut self, value: &[u8; 16]) {
        let Values::Uuid(b) = &mut self.values else { unreachable!("{WRONG_TYPE}") };
        b.append_value(value).expect("BUG: 16 bytes");
    }
}
