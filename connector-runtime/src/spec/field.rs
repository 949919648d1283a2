//! The fields of a row struct: columns, nested objects, lists.

use super::{ColumnMark, ColumnSource};
use crate::value::{Check, Column, ColumnBuilder, LogicalType};

/// A field of a row struct.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum FieldSpec {
    /// One column.
    Column(ColumnSpec),
    /// `#[column(flatten)]`: a nested object whose columns are called `name__column`.
    Flatten {
        /// The Rust field's name.
        name: &'static str,
        /// The JSON key.
        wire: &'static str,
        /// The object may be null or absent: all its columns are then null.
        optional: bool,
        /// The nested columns.
        fields: &'static [FieldSpec],
    },
    /// `Vec<T>`: a table of its own, called `table__name`, with a row for each element.
    List {
        /// The Rust field's name.
        name: &'static str,
        /// The JSON key.
        wire: &'static str,
        /// The field's doc comment.
        doc: &'static str,
        /// The list may be null or absent, which is no element.
        optional: bool,
        /// What the list holds.
        element: ElementSpec,
    },
}

/// What a list holds.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum ElementSpec {
    /// Objects with these fields.
    Record(&'static [FieldSpec]),
    /// Values, in the column `value`.
    Value(ColumnSpec),
}

/// One column.
#[derive(Clone, Copy, Debug)]
pub struct ColumnSpec {
    /// The Rust field's name, which is the column's name.
    pub name: &'static str,
    /// The JSON key.
    pub wire: &'static str,
    /// The field's doc comment.
    pub doc: &'static str,
    /// What is stored.
    pub ty: LogicalType,
    /// Null and absent are values.
    pub nullable: bool,
    /// Part of the primary key.
    pub primary_key: bool,
    /// JSON text that stands for an absent or null value.
    pub default: Option<&'static str>,
    /// How the JSON value becomes the stored one.
    pub decode: Decode,
    /// A further condition on a text or JSON value.
    pub check: Option<Check>,
    /// What it says of its row.
    pub mark: Option<ColumnMark>,
    /// Where the value comes from.
    pub source: ColumnSource,
}

/// How a JSON value becomes the stored one.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Decode {
    /// As the column's type says.
    Plain,
    /// A number of seconds since 1970-01-01T00:00:00Z.
    EpochSeconds,
    /// A number of milliseconds since 1970-01-01T00:00:00Z.
    EpochMillis,
    /// By a function of the user's; it gets the value's JSON text and appends exactly one value.
    With(fn(&str, &mut ColumnBuilder) -> Result<(), String>),
}

impl ColumnSpec {
    /// The column of a field of type `T`.
    pub const fn new<T: Column>(name: &'static str, wire: &'static str, doc: &'static str) -> Self {
        Self {
            name,
            wire,
            doc,
            ty: T::TYPE,
            nullable: T::NULLABLE,
            primary_key: false,
            default: None,
            decode: Decode::Plain,
            check: T::CHECK,
            mark: None,
            source: ColumnSource::Row,
        }
    }

    /// `#[column(hard_delete)]` and its like.
    pub const fn mark(mut self, mark: ColumnMark) -> Self {
        self.mark = Some(mark);
        self
    }

    /// `#[column(parent = ..)]` or `#[column(partition = ..)]`.
    pub const fn source(mut self, source: ColumnSource) -> Self {
        self.source = source;
        self
    }

    /// `#[column(primary_key)]`.
    pub const fn primary_key(mut self) -> Self {
        self.primary_key = true;
        self
    }

    /// `#[column(default = ..)]`: `json` is the literal as JSON text.
    pub const fn default(mut self, json: &'static str) -> Self {
        self.default = Some(json);
        self
    }

    /// `#[column(default)]`: what the type stands for by itself. A type without such a value does
    /// not get here; `check` has refused it.
    #[doc(hidden)]
    pub const fn or_zero(mut self, zero: Option<&'static str>) -> Self {
        self.default = zero;
        self
    }

    /// The finished field, under its name, JSON key and doc comment.
    #[doc(hidden)]
    pub const fn named(
        mut self,
        name: &'static str,
        wire: &'static str,
        doc: &'static str,
    ) -> FieldSpec {
        self.name = name;
        self.wire = wire;
        self.doc = doc;
        self.field()
    }

    /// `#[column(epoch = ..)]` or `#[column(with(..))]`.
    pub const fn decode(mut self, decode: Decode) -> Self {
        self.decode = decode;
        self
    }

    /// The finished field.
    pub const fn field(self) -> FieldSpec {
        FieldSpec::Column(self)
    }
}
