//! [`Json`]: where serde comes in.

use std::any::TypeId;

use serde::Serialize;
use serde::de::DeserializeOwned;

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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

    fn write(self, out: &mut ColumnBuilder) {
        match serde_json::to_string(&self.0) {
            Ok(text) => out.append_text(&text),
            Err(error) => out.fail(error.to_string()),
        }
    }
}

/// Any valid JSON is a `Value`: no tree is built to find that out.
fn check<T: DeserializeOwned + 'static>(text: &str) -> Result<(), String> {
    if TypeId::of::<T>() == TypeId::of::<serde_json::Value>() {
        return Ok(());
    }
    serde_json::from_str::<T>(text).map(drop).map_err(|error| error.to_string())
}

/// JSON numbers may have an exponent, which `Decimal` reads with another function.
#[cfg(feature = "decimal")]
pub(crate) fn parse_decimal(text: &str) -> Result<rust_decimal::Decimal, String> {
    let parsed = if text.contains(['e', 'E']) {
        rust_decimal::Decimal::from_scientific(text)
    } else {
        rust_decimal::Decimal::from_str_exact(text)
    };
    parsed.map_err(|_| "a decimal number of at most 28 digits".to_owned())
}
