//! [`Json`]: where serde comes in.

use std::any::TypeId;
use std::fmt;

use serde::de::{DeserializeOwned, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::builder::ColumnBuilder;
use super::column::{Check, Column, LogicalType};
use super::row::Cell;

/// A nested value kept in one JSON column.
///
/// The column holds the text as the API sent it. `T` is any type that serde can read; rows that
/// do not fit it are refused like any other value of a wrong type.
///
/// ```
/// use connector_runtime::Json;
///
/// let labels: Json<Vec<String>> = Json(vec!["bug".into()]);
/// assert_eq!(labels.0[0], "bug");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Json<T = serde_json::Value>(pub T);

impl<T> std::ops::Deref for Json<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned + Serialize + 'static> Column for Json<T> {
    const TYPE: LogicalType = LogicalType::Json;
    const CHECK: Option<Check> = Some(check::<T>);

    fn read(cell: Cell<'_>) -> Self {
        Self(serde_json::from_str(cell.text()).expect("BUG: decode has checked the value"))
    }

    fn write(&self, out: &mut ColumnBuilder) {
        write_json(&self.0, out);
    }
}

/// Appends a value as the JSON that serde writes.
pub(crate) fn write_json<T>(value: &T, out: &mut ColumnBuilder)
where
    T: DeserializeOwned + Serialize + 'static,
{
    let text = match serde_json::to_string(value) {
        Ok(text) => text,
        Err(error) => return out.fail(format!("a value that serde writes as JSON ({error})")),
    };
    // whoever reads the row again reads it as a `T`
    match check::<T>(&text) {
        Ok(()) => out.append_text(&text),
        Err(error) => out.fail(format!("JSON that serde reads again ({error})")),
    }
}

/// Every value that the parser accepts is a `Value`: no tree is built to find that out.
fn check<T: DeserializeOwned + 'static>(text: &str) -> Result<(), String> {
    if TypeId::of::<T>() == TypeId::of::<serde_json::Value>() {
        return check_whole(text);
    }
    serde_json::from_str::<T>(text).map(drop).map_err(|error| error.to_string())
}

/// Whether a text is a JSON value in every part, those among them that a type would pass over.
pub(super) fn check_whole(text: &str) -> Result<(), String> {
    serde_json::from_str::<Valid>(text).map(drop).map_err(|error| error.to_string())
}

/// Accepts what `serde_json::Value` accepts and keeps nothing. (Raw values may hold numbers out of
/// range, half characters and any depth.)
struct Valid;

impl<'de> Deserialize<'de> for Valid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Valid {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self, A::Error> {
        while seq.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        while map.next_entry::<Self, Self>()?.is_some() {}
        Ok(self)
    }
}

/// The exact value of a JSON number, which may have an exponent.
#[cfg(feature = "decimal")]
pub(crate) fn parse_decimal(text: &str) -> Result<rust_decimal::Decimal, String> {
    exact(text).ok_or_else(|| "a decimal number of at most 28 digits".to_owned())
}

#[cfg(feature = "decimal")]
fn exact(text: &str) -> Option<rust_decimal::Decimal> {
    use rust_decimal::Decimal;

    let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let mut decimal = Decimal::from_str_exact(digits).ok()?;
    let exponent: i32 = exponent.parse().ok()?;
    if decimal.is_zero() {
        return Some(decimal);
    }
    if exponent <= 0 {
        let scale = decimal.scale().checked_add(exponent.unsigned_abs())?;
        decimal.set_scale(scale).ok()?;
        return Some(decimal);
    }
    for _ in 0..exponent {
        // a shorter fraction first: multiplying could overflow
        decimal = match decimal.scale() {
            0 => decimal.checked_mul(Decimal::TEN)?,
            scale => {
                decimal.set_scale(scale - 1).ok()?;
                decimal
            }
        };
    }
    Some(decimal)
}
