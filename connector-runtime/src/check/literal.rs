//! Defaults and units of fields, against the types of the fields.

use super::Text;
use crate::config::ConfigKind;
use crate::spec::ConfigField;
use crate::value::LogicalType;

/// The kind of a literal after `default =`.
#[derive(Clone, Copy, Debug)]
pub enum Literal {
    /// `true` or `false`.
    Bool,
    /// A number with a point or exponent.
    Float,
    /// A whole number.
    Integer(i128),
    /// A string.
    Text,
}

/// `#[column(default = literal)]` on a field called `name` of the type written `rust`.
#[track_caller]
pub const fn column_default(
    ty: LogicalType,
    epoch: bool,
    literal: Literal,
    name: &str,
    rust: &str,
) {
    use LogicalType as Ty;
    let wanted = match ty {
        Ty::Timestamp if epoch => "an integer",
        Ty::Bool => "`true` or `false`",
        Ty::Bytes | Ty::Date | Ty::Text | Ty::Time | Ty::Timestamp | Ty::Uuid => "a string",
        Ty::Decimal | Ty::F32 | Ty::F64 => "a number",
        Ty::Json => return,
        _ => "an integer",
    };
    let fits = match literal {
        Literal::Bool => matches!(ty, Ty::Bool),
        Literal::Float => matches!(ty, Ty::Decimal | Ty::F32 | Ty::F64),
        Literal::Integer(value) => match range(ty) {
            Some((min, max)) => {
                if value < min || value > max {
                    Text::new().tick(rust).add(" does not hold that number").fail();
                }
                true
            }
            None => epoch || matches!(ty, Ty::Decimal | Ty::F32 | Ty::F64),
        },
        Literal::Text => {
            matches!(ty, Ty::Bytes | Ty::Date | Ty::Text | Ty::Time | Ty::Timestamp | Ty::Uuid)
                && !epoch
        }
    };
    if !fits {
        Text::new()
            .add("the default of ")
            .tick(name)
            .add(" is ")
            .add(wanted)
            .add(", because its type is ")
            .tick(rust)
            .fail();
    }
}

/// The numbers an integer type holds.
pub(super) const fn range(ty: LogicalType) -> Option<(i128, i128)> {
    Some(match ty {
        LogicalType::I8 => (i8::MIN as i128, i8::MAX as i128),
        LogicalType::I16 => (i16::MIN as i128, i16::MAX as i128),
        LogicalType::I32 => (i32::MIN as i128, i32::MAX as i128),
        LogicalType::I64 => (i64::MIN as i128, i64::MAX as i128),
        LogicalType::U8 => (0, u8::MAX as i128),
        LogicalType::U16 => (0, u16::MAX as i128),
        LogicalType::U32 => (0, u32::MAX as i128),
        LogicalType::U64 => (0, u64::MAX as i128),
        _ => return None,
    })
}

/// `#[column(default)]` on a field called `name` of the type written `rust`.
#[track_caller]
pub const fn column_zero(zero: Option<&str>, name: &str, rust: &str) {
    if zero.is_none() {
        Text::new()
            .tick(rust)
            .add(" has no natural default\nhelp: write one: `#[column(default = ..)]`, or `")
            .add(name)
            .add(": Option<")
            .add(rust)
            .add(">`")
            .fail();
    }
}

/// `#[column(epoch = ..)]` on a field called `name` of the type written `rust`.
#[track_caller]
pub const fn epoch(ty: LogicalType, name: &str, rust: &str) {
    if !matches!(ty, LogicalType::Timestamp) {
        Text::new()
            .add("`epoch` makes a `Timestamp`, but ")
            .tick(name)
            .add(" is ")
            .tick(rust)
            .add("\nhelp: `")
            .add(name)
            .add(": Timestamp`, or remove `epoch` to keep the number")
            .fail();
    }
}

/// `#[config(default = literal)]` on a field called `name`; `text` is the literal as text.
#[track_caller]
pub const fn config_default(field: ConfigField, literal: Literal, text: &str, name: &str) {
    let (fits, wanted) = match field.kind {
        ConfigKind::Bool => (matches!(literal, Literal::Bool), "`true` or `false`"),
        ConfigKind::Choice(_) => (matches!(literal, Literal::Text), "a string"),
        ConfigKind::Float => (matches!(literal, Literal::Float | Literal::Integer(_)), "a number"),
        ConfigKind::Integer => (matches!(literal, Literal::Integer(_)), "an integer"),
        ConfigKind::List(_) => return,
        ConfigKind::Secret => Text::new()
            .add("a credential does not stand in the source; ")
            .tick(name)
            .add(" has no default")
            .fail(),
        ConfigKind::Text => (matches!(literal, Literal::Text), "a string"),
        ConfigKind::Timestamp => (
            matches!(literal, Literal::Text) && looks_like_timestamp(text.as_bytes()),
            "a timestamp such as `\"2024-01-31T00:00:00Z\"`",
        ),
    };
    if !fits {
        Text::new().add("the default of ").tick(name).add(" is ").add(wanted).fail();
    }
}

/// Enough to tell `2024-01-31T00:00:00Z` from `2024-01-31`; the rest is found at the start.
const fn looks_like_timestamp(text: &[u8]) -> bool {
    text.len() >= 17
        && text[4] == b'-'
        && text[7] == b'-'
        && matches!(text[10], b'T' | b't' | b' ')
        && text[13] == b':'
}
