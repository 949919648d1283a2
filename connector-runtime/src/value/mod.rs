//! Column types: what a Rust field type means as a column, and rows made of columns.

mod builder;
mod column;
mod json;
mod row;
pub(crate) mod time;

pub use builder::ColumnBuilder;
pub use column::{Check, Choice, Column, KeyColumn, LogicalType};
pub use json::Json;
#[cfg(feature = "decimal")]
pub(crate) use json::parse_decimal;
pub use row::{Cell, Nested, Record, Resource, Row, RowBuilder};
