//! What expanded code names. Not part of the public interface.

use std::fmt::Display;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::value::write_json;

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
pub use crate::spec::Part::{Config, Text};
pub use crate::spec::Segment::{Each, Index, Key as JsonKey};
pub use crate::spec::*;
pub use crate::value::{
    AsRecord, AsValue, Cell, Choice, Column, ColumnBuilder, Element, Json, KeyColumn, List,
    LogicalType, Nested, Record, Resource, Row, RowBuilder,
};

/// A text with places to fill in. Functions, because a line of expanded code is a line to compile.
pub const fn template(text: &'static str, parts: &'static [Part]) -> Template {
    Template { text, parts }
}

/// A parameter or header.
pub const fn param(name: &'static str, value: Template) -> Param {
    Param { name, value, repeated: false }
}

/// A parameter that is a lone `config.x`: a list is sent value by value.
pub const fn repeated(name: &'static str, value: Template) -> Param {
    Param { name, value, repeated: true }
}

/// A place in a JSON body.
pub const fn path(text: &'static str, segments: &'static [Segment]) -> Path {
    Path { text, segments }
}

/// `#[column(flatten)]`.
pub const fn flatten(
    name: &'static str,
    wire: &'static str,
    (optional, fields): (bool, &'static [FieldSpec]),
) -> FieldSpec {
    FieldSpec::Flatten { name, wire, optional, fields }
}

/// `parent(alias: Resource)`, of which the names are given.
pub const fn parent(
    alias: &'static str,
    (resource, type_name): (&'static str, &'static str),
    skip_missing: bool,
) -> ParentSpec {
    ParentSpec { alias, resource, type_name, skip_missing }
}

/// The type of a field with `#[column(json)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be kept as JSON",
    label = "not known to serde",
    note = "add `#[derive(serde::Deserialize, serde::Serialize)]` to it"
)]
pub trait JsonValue: Sized {
    /// A column of this type, for the derives to give a name.
    const COLUMN: ColumnSpec;

    /// The value of the next column.
    fn take(row: &mut Row<'_>) -> Self;

    /// Writes the next column.
    fn put(&self, out: &mut RowBuilder);
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + Serialize + 'static> JsonValue for T {
    const COLUMN: ColumnSpec = <Json<T> as Column>::COLUMN;

    fn take(row: &mut Row<'_>) -> Self {
        row.take::<Json<T>>().0
    }

    fn put(&self, out: &mut RowBuilder) {
        write_json(self, out.column());
    }
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
    let wrong = |error| format!("what the function of `with(..)` takes ({error})");
    let input = serde_json::from_str(json).map_err(wrong)?;
    function(input).map_err(|error| error.to_string())?.write(out);
    Ok(())
}

/// `filter = path`: whether the user's function wants the row.
pub fn filter_row<T: Record>(row: &mut Row<'_>, filter: fn(&T) -> bool) -> bool {
    filter(&T::from_row(row))
}

/// `map = path`: what the user's function makes of the row.
pub fn map_row<T: Record>(row: &mut Row<'_>, map: fn(T) -> T) -> T {
    map(T::from_row(row))
}

/// Stands in for code that a derive could not write. It is never run: the derive has reported an
/// error.
pub fn poisoned<T>() -> T {
    unreachable!("BUG: code of a derive that reported an error")
}
