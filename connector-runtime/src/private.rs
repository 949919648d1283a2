//! What expanded code names. Not part of the public interface.

use std::fmt::Display;

use serde::de::DeserializeOwned;

pub use std::default::Default;
pub use std::marker::{Send, Sized, Sync};
pub use std::option::Option::{None, Some};
pub use std::primitive::str;
pub use std::result::Result;
pub use std::string::String;
pub use std::vec;
pub use std::vec::Vec;

pub use crate::check;
pub use crate::config::{ConfigKind, ConfigType, ConfigValue, Credential, Values};
pub use crate::connector::Connector;
pub use crate::spec::*;
pub use crate::value::{
    Cell, Choice, Column, ColumnBuilder, Json, Key, LogicalType, Nested, Record, Resource, Row,
};

/// `#[column(flatten)]`.
pub const fn flatten(
    name: &'static str,
    wire: &'static str,
    (optional, fields): (bool, &'static [FieldSpec]),
) -> FieldSpec {
    FieldSpec::Flatten { name, wire, optional, fields }
}

/// `#[column(with(path))]`: reads `In` from the value's JSON text, calls the user's function and
/// appends what it returns.
pub fn decode_with<In, Out, E>(
    json: &str,
    out: &mut ColumnBuilder,
    function: fn(In) -> Result<Out, E>,
) -> Result<(), String>
where
    In: DeserializeOwned,
    Out: Column,
    E: Display,
{
    let input = serde_json::from_str(json).map_err(|error| error.to_string())?;
    function(input).map_err(|error| error.to_string())?.write(out);
    Ok(())
}

/// Stands in for code that a derive could not write. It is never run: the derive has reported an
/// error.
pub fn poisoned<T>() -> T {
    unreachable!("BUG: code of a derive that reported an error")
}
