//! Rows: a [`Row`] is one line across the columns of a batch; a [`Record`] is a struct of one.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};

use super::builder::ColumnBuilder;
use super::column::Column;
use crate::spec::{FieldSpec, ResourceSpec};

/// One value of one column.
#[derive(Clone, Copy, Debug)]
pub struct Cell<'a> {
    array: &'a ArrayRef,
    index: usize,
}

impl<'a> Cell<'a> {
    /// Whether the value is null.
    pub fn is_null(&self) -> bool {
        self.array.is_null(self.index)
    }

    pub(super) fn array(&self) -> &'a ArrayRef {
        self.array
    }

    pub(super) fn index(&self) -> usize {
        self.index
    }

    pub(super) fn text(&self) -> &'a str {
        self.array.as_string::<i32>().value(self.index)
    }
}

/// One decoded row, read column by column in the order of the struct's fields.
#[derive(Debug)]
pub struct Row<'a> {
    columns: &'a [ArrayRef],
    index: usize,
    next: usize,
}

impl<'a> Row<'a> {
    /// The row at `index` of a batch whose columns are those of the record that reads it.
    pub(crate) fn new(columns: &'a [ArrayRef], index: usize) -> Self {
        Self { columns, index, next: 0 }
    }

    /// The value of the next column.
    pub fn take<T: Column>(&mut self) -> T {
        let cell = Cell { array: &self.columns[self.next], index: self.index };
        self.next += 1;
        T::read(cell)
    }

    /// The value of a nested object, which takes as many columns as it has.
    pub fn flatten<T: Nested>(&mut self) -> T {
        let width = width(<T::Record as Record>::FIELDS);
        let nested = &self.columns[self.next..self.next + width];
        self.next += width;
        T::read_nested(nested, self.index)
    }
}

/// One row on its way into columns, in the order of the struct's fields.
#[derive(Debug)]
pub struct RowBuilder {
    columns: Vec<ColumnBuilder>,
}

/// How many columns `fields` make.
pub(crate) fn width(fields: &[FieldSpec]) -> usize {
    fields
        .iter()
        .map(|field| match field {
            FieldSpec::Column(_) => 1,
            FieldSpec::Flatten { fields, .. } => width(fields),
            FieldSpec::List { .. } => 1,
        })
        .sum()
}

/// The shape of a row. Implemented by `#[derive(Record)]` and `#[derive(Resource)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a record",
    label = "not a record",
    note = "add `#[derive(Record)]` to `{Self}`"
)]
pub trait Record: Sized + Send + 'static {
    /// Its fields, in the order of declaration.
    const FIELDS: &'static [FieldSpec];

    /// The struct of a decoded row. Infallible: decoding has checked every value.
    fn from_row(row: &mut Row<'_>) -> Self;
}

/// An endpoint whose rows have the shape of `Self`. Implemented by `#[derive(Resource)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a resource",
    label = "not a resource",
    note = "add `#[derive(Resource)]` and `#[resource(path = \"/..\")]` to `{Self}`"
)]
pub trait Resource: Record {
    /// What the derive read from the struct.
    const SPEC: &'static ResourceSpec;
}

/// What `#[column(flatten)]` accepts: a record, or `Option` of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be flattened",
    label = "not a record",
    note = "`#[column(flatten)]` takes a struct with `#[derive(Record)]`, or `Option` of one"
)]
pub trait Nested: Sized {
    /// The nested record.
    type Record: Record;
    /// The object may be null or absent.
    const OPTIONAL: bool;

    /// Reads the record from its own columns.
    #[doc(hidden)]
    fn read_nested(columns: &[ArrayRef], index: usize) -> Self;

    /// Whether the object may be null or absent, and its fields.
    #[doc(hidden)]
    const SHAPE: (bool, &'static [FieldSpec]) = (Self::OPTIONAL, <Self::Record as Record>::FIELDS);

    /// The value of a nested object, which takes as many columns as it has.
    #[doc(hidden)]
    fn take(row: &mut Row<'_>) -> Self {
        row.flatten()
    }
}

#[diagnostic::do_not_recommend]
impl<R: Record> Nested for R {
    type Record = R;
    const OPTIONAL: bool = false;

    fn read_nested(columns: &[ArrayRef], index: usize) -> Self {
        R::from_row(&mut Row::new(columns, index))
    }
}

#[diagnostic::do_not_recommend]
impl<R: Record> Nested for Option<R> {
    type Record = R;
    const OPTIONAL: bool = true;

    /// All columns null is no object: a present object whose every field is null reads as `None`.
    fn read_nested(columns: &[ArrayRef], index: usize) -> Self {
        let present = columns.iter().any(|column| !column.is_null(index));
        present.then(|| R::from_row(&mut Row::new(columns, index)))
    }
}
