//! The [`Column`] trait and its implementations.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Float32Type, Float64Type, Int64Type, Time64MicrosecondType,
    TimestampMicrosecondType, UInt64Type,
};
use bytes::Bytes;
use jiff::{Timestamp, civil};

use super::builder::ColumnBuilder;
use super::row::{Cell, Row, RowBuilder};
use super::time;
use crate::spec::ColumnSpec;

/// What a column stores, independent of any destination.
///
/// In memory every type is an Apache Arrow array: the integers `Int64` (`UInt64` for `u64`), text,
/// decimals and JSON `Utf8`, instants `Timestamp(Microsecond, "UTC")`, dates `Date32`, times of
/// day `Time64(Microsecond)`, UUIDs `FixedSizeBinary(16)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogicalType {
    /// `true` or `false`.
    Bool,
    /// Raw bytes; base64 text in JSON.
    Bytes,
    /// A calendar date without a time.
    Date,
    /// An exact decimal number; its digits are kept as they came.
    Decimal,
    /// A 32-bit float.
    F32,
    /// A 64-bit float.
    F64,
    /// A 16-bit integer.
    I16,
    /// A 32-bit integer.
    I32,
    /// A 64-bit integer.
    I64,
    /// An 8-bit integer.
    I8,
    /// Any JSON value, kept as the text that came.
    Json,
    /// Unicode text.
    Text,
    /// A time of day, in microseconds.
    Time,
    /// An instant, in microseconds (finer digits are cut, as PostgreSQL's `timestamptz` has it).
    Timestamp,
    /// An unsigned 16-bit integer.
    U16,
    /// An unsigned 32-bit integer.
    U32,
    /// An unsigned 64-bit integer.
    U64,
    /// An unsigned 8-bit integer.
    U8,
    /// A UUID.
    Uuid,
}

impl LogicalType {
    /// Whether two values of the type are equal exactly when they are the same: what a primary
    /// key needs.
    pub const fn is_key(self) -> bool {
        !matches!(self, Self::F32 | Self::F64 | Self::Json)
    }

    /// The type's name in messages and in the schema listing.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Bytes => "bytes",
            Self::Date => "date",
            Self::Decimal => "decimal",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::I16 => "i16",
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::I8 => "i8",
            Self::Json => "json",
            Self::Text => "text",
            Self::Time => "time",
            Self::Timestamp => "timestamp",
            Self::U16 => "u16",
            Self::U32 => "u32",
            Self::U64 => "u64",
            Self::U8 => "u8",
            Self::Uuid => "uuid",
        }
    }
}

/// A condition on a value's text; the error is what was expected.
pub type Check = fn(&str) -> Result<(), String>;

/// A type that a field of a row can have.
///
/// Implemented for the integers from `i8` to `u64`, `f32`, `f64`, `bool`, `String`,
/// [`Timestamp`], [`Date`](civil::Date), [`Time`](civil::Time), [`Bytes`], `Decimal`, `Uuid`,
/// [`Json<T>`](super::Json), for every [`Choice`], and for `Option` of each.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in a column",
    label = "not a column type",
    note = "column types are the integers, `f32`, `f64`, `bool`, `String`, `Timestamp`, `Date`, `Time`, `Decimal`, `Uuid`, `Bytes`, `Json<T>`, enums with `#[derive(Choice)]`, and `Option` of those",
    note = "to keep a nested value, use `Json<T>` with a `T` that serde reads and writes, or `#[column(flatten)]` with a `#[derive(Record)]` struct"
)]
pub trait Column: Sized + 'static {
    /// What is stored.
    const TYPE: LogicalType;
    /// Whether null is a value of the type.
    const NULLABLE: bool = false;
    /// What `#[column(default)]` stands for, as JSON text.
    const ZERO: Option<&'static str> = None;
    /// A condition on the value's text beyond its type.
    const CHECK: Option<Check> = None;

    /// The value of a cell that was decoded for this type.
    fn read(cell: Cell<'_>) -> Self;

    /// Appends the value to a column of this type.
    fn write(&self, out: &mut ColumnBuilder);

    /// A column of this type, for the derives to give a name.
    #[doc(hidden)]
    const COLUMN: ColumnSpec = ColumnSpec::new::<Self>("", "", "");

    /// The value of the next column.
    #[doc(hidden)]
    fn take(row: &mut Row<'_>) -> Self {
        row.take()
    }

    /// Writes the next column.
    #[doc(hidden)]
    fn put(&self, out: &mut RowBuilder) {
        out.put(self);
    }
}

/// A type that can be a primary key: never null, and two values are equal exactly when they are
/// the same.
///
/// Implemented for the column types but `f32`, `f64`, [`Json<T>`](super::Json) and `Option`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a primary key",
    label = "not a key type",
    note = "keys must compare exactly and are never null: integers, `bool`, `String`, `Timestamp`, `Date`, `Time`, `Decimal`, `Uuid`, `Bytes`, and enums with `#[derive(Choice)]`"
)]
pub trait KeyColumn: Column {
    /// A key column of this type, for the derives to give a name.
    #[doc(hidden)]
    const COLUMN: ColumnSpec = <Self as Column>::COLUMN.primary_key();

    /// The value of the next column.
    #[doc(hidden)]
    fn take(row: &mut Row<'_>) -> Self {
        row.take()
    }

    /// Writes the next column.
    #[doc(hidden)]
    fn put(&self, out: &mut RowBuilder) {
        out.put(self);
    }
}

macro_rules! keys {
    ($($(#[$cfg:meta])? $ty:ty,)*) => {$(
        $(#[$cfg])?
        impl KeyColumn for $ty {}
    )*};
}

keys! {
    i8, i16, i32, i64, u8, u16, u32, u64, bool, String, Timestamp, civil::Date, civil::Time, Bytes,
    #[cfg(feature = "decimal")] rust_decimal::Decimal,
    #[cfg(feature = "uuid")] uuid::Uuid,
}

#[diagnostic::do_not_recommend]
impl<T: Choice> KeyColumn for T {}

impl<T: Column> Column for Option<T> {
    const TYPE: LogicalType = T::TYPE;
    const NULLABLE: bool = true;
    const ZERO: Option<&'static str> = Some("null");
    const CHECK: Option<Check> = T::CHECK;

    fn read(cell: Cell<'_>) -> Self {
        (!cell.is_null()).then(|| T::read(cell))
    }

    fn write(&self, out: &mut ColumnBuilder) {
        match self {
            Some(value) => value.write(out),
            None => out.append_null(),
        }
    }
}

macro_rules! integers {
    ($($rust:ident $logical:ident $arrow:ident $append:ident $wide:ident,)*) => {$(
        impl Column for $rust {
            const TYPE: LogicalType = LogicalType::$logical;
            const ZERO: Option<&'static str> = Some("0");

            fn read(cell: Cell<'_>) -> Self {
                // decode has checked the range
                cell.array().as_primitive::<$arrow>().value(cell.index()) as $rust
            }

            fn write(&self, out: &mut ColumnBuilder) {
                out.$append($wide::from(*self));
            }
        }
    )*};
}

integers! {
    i8 I8 Int64Type append_i64 i64,
    i16 I16 Int64Type append_i64 i64,
    i32 I32 Int64Type append_i64 i64,
    i64 I64 Int64Type append_i64 i64,
    u8 U8 Int64Type append_i64 i64,
    u16 U16 Int64Type append_i64 i64,
    u32 U32 Int64Type append_i64 i64,
    u64 U64 UInt64Type append_u64 u64,
}

impl Column for f64 {
    const TYPE: LogicalType = LogicalType::F64;
    const ZERO: Option<&'static str> = Some("0");

    fn read(cell: Cell<'_>) -> Self {
        cell.array().as_primitive::<Float64Type>().value(cell.index())
    }

    fn write(&self, out: &mut ColumnBuilder) {
        match self.is_finite() {
            true => out.append_f64(*self),
            false => out.fail(format!("a number, found {self}")),
        }
    }
}

impl Column for f32 {
    const TYPE: LogicalType = LogicalType::F32;
    const ZERO: Option<&'static str> = Some("0");

    fn read(cell: Cell<'_>) -> Self {
        cell.array().as_primitive::<Float32Type>().value(cell.index())
    }

    fn write(&self, out: &mut ColumnBuilder) {
        match self.is_finite() {
            true => out.append_f32(*self),
            false => out.fail(format!("a number, found {self}")),
        }
    }
}

impl Column for bool {
    const TYPE: LogicalType = LogicalType::Bool;
    const ZERO: Option<&'static str> = Some("false");

    fn read(cell: Cell<'_>) -> Self {
        cell.array().as_boolean().value(cell.index())
    }

    fn write(&self, out: &mut ColumnBuilder) {
        out.append_bool(*self);
    }
}

impl Column for String {
    const TYPE: LogicalType = LogicalType::Text;
    const ZERO: Option<&'static str> = Some("\"\"");

    fn read(cell: Cell<'_>) -> Self {
        cell.text().to_owned()
    }

    fn write(&self, out: &mut ColumnBuilder) {
        out.append_text(self);
    }
}

impl Column for Timestamp {
    const TYPE: LogicalType = LogicalType::Timestamp;

    fn read(cell: Cell<'_>) -> Self {
        let micros = cell.array().as_primitive::<TimestampMicrosecondType>().value(cell.index());
        time::timestamp(micros)
    }

    fn write(&self, out: &mut ColumnBuilder) {
        match out.is_key() && self.subsec_nanosecond() % 1_000 != 0 {
            true => out.fail(format!("an instant in whole microseconds as a key, found {self}")),
            false => out.append_i64(self.as_microsecond()),
        }
    }
}

impl Column for civil::Date {
    const TYPE: LogicalType = LogicalType::Date;

    fn read(cell: Cell<'_>) -> Self {
        time::date(cell.array().as_primitive::<Date32Type>().value(cell.index()))
    }

    fn write(&self, out: &mut ColumnBuilder) {
        out.append_i64(i64::from(time::days(*self)));
    }
}

impl Column for civil::Time {
    const TYPE: LogicalType = LogicalType::Time;

    fn read(cell: Cell<'_>) -> Self {
        time::time(cell.array().as_primitive::<Time64MicrosecondType>().value(cell.index()))
    }

    fn write(&self, out: &mut ColumnBuilder) {
        match out.is_key() && self.subsec_nanosecond() % 1_000 != 0 {
            true => out.fail(format!("a time in whole microseconds as a key, found {self}")),
            false => out.append_i64(time::micros_of_day(*self)),
        }
    }
}

impl Column for Bytes {
    const TYPE: LogicalType = LogicalType::Bytes;

    fn read(cell: Cell<'_>) -> Self {
        Bytes::copy_from_slice(cell.array().as_binary::<i32>().value(cell.index()))
    }

    fn write(&self, out: &mut ColumnBuilder) {
        out.append_bytes(self);
    }
}

#[cfg(feature = "uuid")]
impl Column for uuid::Uuid {
    const TYPE: LogicalType = LogicalType::Uuid;

    fn read(cell: Cell<'_>) -> Self {
        let bytes = cell.array().as_fixed_size_binary().value(cell.index());
        Self::from_slice(bytes).expect("BUG: a UUID column holds 16 bytes a value")
    }

    fn write(&self, out: &mut ColumnBuilder) {
        out.append_uuid(self.as_bytes());
    }
}

#[cfg(feature = "decimal")]
impl Column for rust_decimal::Decimal {
    const TYPE: LogicalType = LogicalType::Decimal;
    const ZERO: Option<&'static str> = Some("0");
    const CHECK: Option<Check> = Some(|text| super::json::parse_decimal(text).map(drop));

    fn read(cell: Cell<'_>) -> Self {
        super::json::parse_decimal(cell.text()).expect("BUG: decode has checked the digits")
    }

    fn write(&self, out: &mut ColumnBuilder) {
        // 1.0 and 1.00 are one key
        let canonical = if out.is_key() { self.normalize() } else { *self };
        out.append_text(&canonical.to_string());
    }
}

/// A closed set of text values: an enum without fields.
///
/// `#[derive(Choice)]` implements it; a `Choice` is both a column type and a configuration type.
///
/// ```
/// use connector_runtime::Choice;
///
/// #[derive(Choice, Clone, Copy, Debug, PartialEq)]
/// #[choice(rename_all = "snake_case")]
/// enum State {
///     Open,
///     InReview,
///     #[choice(rename = "CLOSED!")]
///     Closed,
/// }
///
/// assert_eq!(State::CHOICES[1], ("in_review", State::InReview));
/// assert_eq!(State::CHOICES[2].0, "CLOSED!");
/// ```
pub trait Choice: Copy + Sized + 'static {
    /// Every value with its text, in the order of declaration.
    const CHOICES: &'static [(&'static str, Self)];

    /// The Rust name and the text of every variant, in the same order.
    const VARIANTS: &'static [(&'static str, &'static str)];

    /// The value whose text this is.
    ///
    /// # Errors
    ///
    /// A message that lists the texts, when `text` is none of them.
    fn from_text(text: &str) -> Result<Self, String> {
        match Self::CHOICES.iter().find(|(name, _)| *name == text) {
            Some((_, value)) => Ok(*value),
            None => {
                let names: Vec<_> =
                    Self::CHOICES.iter().map(|(name, _)| format!("`{name}`")).collect();
                Err(format!("one of {}", names.join(", ")))
            }
        }
    }

    /// The value's text.
    fn text(self) -> &'static str;
}

#[diagnostic::do_not_recommend]
impl<T: Choice> Column for T {
    const TYPE: LogicalType = LogicalType::Text;
    const CHECK: Option<Check> = Some(|text| T::from_text(text).map(drop));

    fn read(cell: Cell<'_>) -> Self {
        T::from_text(cell.text()).expect("BUG: decode has checked the text")
    }

    fn write(&self, out: &mut ColumnBuilder) {
        out.append_text(self.text());
    }
}
