//! Column types: what a Rust field type means as a column, and rows made of columns.

mod bounds;
mod builder;
mod column;
mod json;
mod list;
pub(crate) mod rfc3339;
mod row;
pub(crate) mod time;

pub(crate) use bounds::Bounds;
pub use builder::ColumnBuilder;
pub use column::{Check, Choice, Column, KeyColumn, LogicalType};
pub use json::Json;
#[cfg(feature = "decimal")]
pub(crate) use json::parse_decimal;
pub(crate) use json::write_json;
pub use list::{AsRecord, AsValue, Element, List};
#[doc(hidden)]
pub use list::{ElementKind, Elements, ListSpec};
pub(crate) use list::{Offsets, records};
pub use row::{Cell, Nested, Record, Resource, Row, RowBuilder};
