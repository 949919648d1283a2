//! What expanded code names. Not part of the public interface.

use std::fmt::Display;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use std::option::Option::{None, Some};
pub use std::vec;
pub use std::vec::Vec;

pub use crate::check;
pub use crate::config::{ConfigType, ConfigValue, Credential, Values};
pub use crate::connector::Connector;
pub use crate::spec::*;
pub use crate::value::{Choice, Column, ColumnBuilder, Json, Nested, Record, Resource, Row};

/// `#[column(flatten)]`.
pub const fn flatten<T: Nested>(name: &'static str, wire: &'static str) -> FieldSpec {
    FieldSpec::Flatten { name, wire, optional: T::OPTIONAL, fields: <T::Record as Record>::FIELDS }
}

/// `#[column(json)]` on a field of type `T`.
pub const fn json_column<T>(name: &'static str, wire: &'static str, doc: &'static str) -> ColumnSpec
where
    T: DeserializeOwned + Serialize + 'static,
{
    ColumnSpec::new::<Json<T>>(name, wire, doc)
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

/// Only credentials sign requests.
pub const fn credential<T: Credential>() {}
