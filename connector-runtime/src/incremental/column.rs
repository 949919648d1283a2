//! The cursor column of a batch, as values that are compared without knowing what they stand for.

use std::borrow::Cow;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int64Type, TimestampMicrosecondType, UInt64Type};
use arrow_array::{Array, ArrayRef, StringArray};
use arrow_schema::DataType;
use jiff::civil;

use crate::state::CursorValue;
use crate::value::{LogicalType, time};

/// A value that is not null.
pub(super) trait Native<'a>: Copy + Ord {
    fn of(value: &'a CursorValue, ty: LogicalType) -> Self;

    fn value(self, ty: LogicalType) -> CursorValue;
}

/// Microseconds, days, or integers; those of `u64` moved down by half their range.
impl<'a> Native<'a> for i64 {
    fn of(value: &'a CursorValue, ty: LogicalType) -> Self {
        match value {
            CursorValue::Date(date) => time::days(*date).into(),
            CursorValue::Integer(number) => {
                let number = number - offset(ty);
                number.clamp(Self::MIN.into(), Self::MAX.into()) as Self
            }
            CursorValue::Timestamp(at) => at.as_microsecond(),
            CursorValue::Text(_) => unreachable!("{WRONG_KIND}"),
        }
    }

    fn value(self, ty: LogicalType) -> CursorValue {
        match ty {
            LogicalType::Date => CursorValue::Date(time::date(self as i32)),
            LogicalType::Timestamp => CursorValue::Timestamp(time::timestamp(self)),
            _ => CursorValue::Integer(i128::from(self) + offset(ty)),
        }
    }
}

impl<'a> Native<'a> for &'a str {
    fn of(value: &'a CursorValue, _: LogicalType) -> Self {
        let CursorValue::Text(text) = value else { unreachable!("{WRONG_KIND}") };
        text
    }

    fn value(self, _: LogicalType) -> CursorValue {
        CursorValue::Text(self.to_owned())
    }
}

const WRONG_KIND: &str = "BUG: a cursor value of another kind than the column's";

fn offset(ty: LogicalType) -> i128 {
    match ty {
        LogicalType::U64 => 1 << 63,
        _ => 0,
    }
}

/// The value of a cell; `None`: null.
pub(super) fn value_of(array: &ArrayRef, row: usize, ty: LogicalType) -> Option<CursorValue> {
    let cell = array.slice(row, 1);
    (!cell.is_null(0)).then(|| match Values::of(&cell) {
        Values::Numbers(numbers) => numbers[0].value(ty),
        Values::Texts(texts) => texts.value(0).value(ty),
    })
}

/// The values of a column without nulls.
pub(super) enum Values<'a> {
    Numbers(Cow<'a, [i64]>),
    Texts(&'a StringArray),
}

impl<'a> Values<'a> {
    pub(super) fn of(array: &'a ArrayRef) -> Self {
        match array.data_type() {
            DataType::Int64 => {
                Self::Numbers(Cow::Borrowed(array.as_primitive::<Int64Type>().values()))
            }
            DataType::Timestamp(..) => {
                let array = array.as_primitive::<TimestampMicrosecondType>();
                Self::Numbers(Cow::Borrowed(array.values()))
            }
            DataType::Date32 => {
                let days = array.as_primitive::<Date32Type>().values().iter();
                Self::Numbers(days.map(|days| i64::from(*days)).collect())
            }
            DataType::UInt64 => {
                let numbers = array.as_primitive::<UInt64Type>().values().iter();
                // as `offset` has it
                Self::Numbers(numbers.map(|number| (number ^ 1 << 63) as i64).collect())
            }
            DataType::Utf8 => Self::Texts(array.as_string()),
            _ => unreachable!("BUG: a cursor column of a type that has no order"),
        }
    }
}

/// A value of a key column, for messages; of the types that people read.
pub(super) fn display(array: &ArrayRef, row: usize) -> Option<String> {
    if array.is_null(row) {
        return None;
    }
    Some(match array.data_type() {
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::UInt64 => array.as_primitive::<UInt64Type>().value(row).to_string(),
        DataType::Utf8 => format!("`{}`", array.as_string::<i32>().value(row)),
        DataType::Date32 => date(array, row).to_string(),
        _ => return None,
    })
}

fn date(array: &ArrayRef, row: usize) -> civil::Date {
    time::date(array.as_primitive::<Date32Type>().value(row))
}
