//! [`Reader`]: which JSON values a column takes.

use crate::spec::{ColumnSpec, Decode};
use crate::value::LogicalType;

/// Which JSON values a column takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reader {
    Bool,
    Bytes,
    Date,
    Float,
    Integer {
        min: i64,
        max: u64,
    },
    /// The value's own text decides: decimals, JSON, functions.
    Raw,
    Text,
    Time,
    Timestamp,
    Unsigned,
    Uuid,
}

impl Reader {
    pub(super) fn of(spec: &ColumnSpec) -> Self {
        if !matches!(spec.decode, Decode::Plain) {
            return Self::Raw;
        }
        let signed = |bits: u32| Self::Integer {
            min: i64::MIN >> (64 - bits),
            max: (i64::MAX >> (64 - bits)) as u64,
        };
        let unsigned = |bits: u32| Self::Integer { min: 0, max: u64::MAX >> (64 - bits) };
        match spec.ty {
            LogicalType::Bool => Self::Bool,
            LogicalType::Bytes => Self::Bytes,
            LogicalType::Date => Self::Date,
            LogicalType::Decimal | LogicalType::F32 | LogicalType::Json => Self::Raw,
            LogicalType::F64 => Self::Float,
            LogicalType::I8 => signed(8),
            LogicalType::I16 => signed(16),
            LogicalType::I32 => signed(32),
            LogicalType::I64 => signed(64),
            LogicalType::Text => Self::Text,
            LogicalType::Time => Self::Time,
            LogicalType::Timestamp => Self::Timestamp,
            LogicalType::U8 => unsigned(8),
            LogicalType::U16 => unsigned(16),
            LogicalType::U32 => unsigned(32),
            LogicalType::U64 => Self::Unsigned,
            LogicalType::Uuid => Self::Uuid,
        }
    }

    /// What a column of this type takes, for messages.
    pub(super) fn describe(self, ty: LogicalType) -> String {
        match self {
            Self::Bool => "`true` or `false`".to_owned(),
            Self::Bytes => "a base64 string".to_owned(),
            Self::Date => "a date such as \"2024-01-31\"".to_owned(),
            Self::Float => "a number that an `f64` holds exactly".to_owned(),
            Self::Integer { .. } | Self::Unsigned => {
                format!("a whole number in the range of `{}`", ty.name())
            }
            Self::Raw => format!("a value for `{}`", ty.name()),
            Self::Text => "a string".to_owned(),
            Self::Time => "a time of day such as \"08:15:00\"".to_owned(),
            Self::Timestamp => "a timestamp such as \"2024-01-31T08:15:00Z\"".to_owned(),
            Self::Uuid => "a UUID".to_owned(),
        }
    }
}
