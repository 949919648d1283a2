//! Rows: a [`Row`] is one line across the columns of a batch; a [`Record`] is a struct of one.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, Fields};

use super::bounds::Bounds;
use super::builder::ColumnBuilder;
use super::column::{Column, LogicalType};
use super::list::{self, Element, ElementKind, Elements, ListBuilder};
use crate::spec::{FieldSpec, ResourceSpec};

/// One value of one column.
#[derive(Clone, Copy, Debug)]
pub struct Cell<'a> {
    array: &'a ArrayRef,
    index: usize,
}

impl<'a> Cell<'a> {
    pub(super) fn new(array: &'a ArrayRef, index: usize) -> Self {
        Self { array, index }
    }

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
        let cell = Cell::new(&self.columns[self.next], self.index);
        self.next += 1;
        T::read(cell)
    }

    /// The next list; `None` if it is null.
    pub fn list<T: Element>(&mut self) -> Option<Vec<T>> {
        let lists = &self.columns[self.next];
        self.next += 1;
        let elements = lists.as_list::<i32>().values();
        let range = list::range(lists, self.index)?;
        Some(range.map(|index| T::Kind::read(elements, index)).collect())
    }

    /// The value of a nested object, which takes as many columns as it has.
    pub fn flatten<T: Nested>(&mut self) -> T {
        let width = width(<T::Record as Record>::FIELDS);
        let nested = &self.columns[self.next..self.next + width];
        self.next += width;
        T::read_nested(nested, self.index)
    }
}

/// Rows on their way into columns, field by field in the order of the struct's.
#[derive(Debug)]
pub struct RowBuilder {
    fields: Vec<FieldBuilder>,
    /// The field that is written next.
    next: usize,
}

#[derive(Debug)]
enum FieldBuilder {
    Column(LogicalType, ColumnBuilder),
    List(ListBuilder),
}

impl RowBuilder {
    /// `arrow`: the Arrow fields of the specs.
    pub(crate) fn new(specs: &[FieldSpec], arrow: &Fields) -> Self {
        let mut fields = Vec::with_capacity(arrow.len());
        collect(specs, arrow, &mut fields);
        Self { fields, next: 0 }
    }

    /// From now on values that the destination cannot store are failures.
    pub(crate) fn limit(&mut self, bounds: Bounds) {
        for field in &mut self.fields {
            match field {
                FieldBuilder::Column(ty, column) => column.limit(*ty, bounds),
                FieldBuilder::List(list) => match list.elements() {
                    Elements::Records(rows) => rows.limit(bounds),
                    Elements::Values(ty, column) => column.limit(*ty, bounds),
                },
            }
        }
    }

    /// A value that could not be written: the place of its field, and what was expected.
    pub(crate) fn take_failure(&mut self) -> Option<(usize, String)> {
        self.fields.iter_mut().enumerate().find_map(|(at, field)| {
            let failure = match field {
                FieldBuilder::Column(_, column) => column.take_failure(),
                FieldBuilder::List(list) => match list.elements() {
                    Elements::Records(rows) => rows.take_failure().map(|(_, reason)| reason),
                    Elements::Values(_, column) => column.take_failure(),
                },
            };
            failure.map(|reason| (at, reason))
        })
    }

    /// Hands out the rows so far and starts anew.
    pub(crate) fn finish(&mut self) -> Vec<ArrayRef> {
        let finish = |field: &mut FieldBuilder| match field {
            FieldBuilder::Column(_, column) => column.finish(),
            FieldBuilder::List(list) => list.finish(),
        };
        self.fields.iter_mut().map(finish).collect()
    }

    /// Writes the next column.
    pub fn put<T: Column>(&mut self, value: &T) {
        value.write(self.column());
    }

    /// Takes the next value, which is that of a column.
    pub(crate) fn column(&mut self) -> &mut ColumnBuilder {
        match self.field() {
            FieldBuilder::Column(_, column) => column,
            FieldBuilder::List(_) => unreachable!("{WRONG_FIELD}"),
        }
    }

    /// Writes the next list; `None` is null.
    pub fn list<T: Element>(&mut self, list: Option<&[T]>) {
        let FieldBuilder::List(builder) = self.field() else { unreachable!("{WRONG_FIELD}") };
        match list {
            Some(list) => builder.append(list),
            None => builder.append_null(),
        }
    }

    /// Writes a nested object, which takes as many columns as it has; `None` is null in each.
    pub fn flatten<R: Record>(&mut self, record: Option<&R>) {
        match record {
            Some(record) => record.write_row(self),
            None => {
                for _ in 0..width(R::FIELDS) {
                    match self.field() {
                        FieldBuilder::Column(_, column) => column.append_null(),
                        FieldBuilder::List(list) => list.append_null(),
                    }
                }
            }
        }
    }

    /// The next field; after the last one, the first of the next row.
    fn field(&mut self) -> &mut FieldBuilder {
        let at = self.next;
        self.next = (at + 1) % self.fields.len();
        &mut self.fields[at]
    }
}

const WRONG_FIELD: &str = "BUG: a field of another kind than the record's";

fn collect(specs: &[FieldSpec], arrow: &Fields, fields: &mut Vec<FieldBuilder>) {
    for spec in specs {
        match *spec {
            FieldSpec::Column(spec) => {
                fields.push(FieldBuilder::Column(spec.ty, ColumnBuilder::new(&spec)));
            }
            FieldSpec::Flatten { fields: nested, .. } => collect(nested, arrow, fields),
            FieldSpec::List { element, .. } => {
                let DataType::List(item) = arrow[fields.len()].data_type() else {
                    unreachable!("{WRONG_FIELD}")
                };
                fields.push(FieldBuilder::List(ListBuilder::new(item, element)));
            }
        }
    }
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

    /// Writes the struct as a row.
    fn write_row(&self, out: &mut RowBuilder);
}

/// An endpoint whose rows have the shape of `Self`. Implemented by `#[derive(Resource)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a resource",
    label = "not a resource",
    note = "add `#[derive(Resource)]` and `#[resource(path = \"/..\")]` to `{Self}`"
)]
pub trait Resource: Record {
    /// The resource's name and that of its struct; apart from [`Resource::SPEC`], so that a
    /// resource can name its parent without asking what the parent's own parent is.
    #[doc(hidden)]
    const NAMES: (&'static str, &'static str);

    /// Its fields, by the same trait: what is wrong with a type is then one message.
    #[doc(hidden)]
    const COLUMNS: &'static [FieldSpec] = <Self as Record>::FIELDS;

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

    /// Writes a nested object, which takes as many columns as it has.
    #[doc(hidden)]
    fn put(&self, out: &mut RowBuilder);
}

#[diagnostic::do_not_recommend]
impl<R: Record> Nested for R {
    type Record = R;
    const OPTIONAL: bool = false;

    fn read_nested(columns: &[ArrayRef], index: usize) -> Self {
        R::from_row(&mut Row::new(columns, index))
    }

    fn put(&self, out: &mut RowBuilder) {
        out.flatten(Some(self));
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

    fn put(&self, out: &mut RowBuilder) {
        out.flatten(self.as_ref());
    }
}
