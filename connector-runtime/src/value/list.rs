//! Lists in rows: what a `Vec` holds, and how it is read from and written to Arrow arrays.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, ListArray, StructArray};
use arrow_buffer::{NullBufferBuilder, OffsetBufferBuilder};
use arrow_schema::{DataType, FieldRef};
use bytes::Bytes;
use jiff::{Timestamp, civil};

use super::builder::ColumnBuilder;
use super::column::{Choice, Column, LogicalType};
use super::json::Json;
use super::row::{Cell, Record, Row, RowBuilder};
use crate::spec::{ColumnSpec, ElementSpec, FieldSpec};

/// What the list of a `Vec<T>` field holds: each element becomes a row of a child table.
///
/// Implemented for every type with `#[derive(Record)]` or `#[derive(Resource)]`, for the types of
/// [`Column`], and for `Option` of those.
///
/// ```
/// use connector_runtime::prelude::*;
///
/// #[derive(Record)]
/// struct Label {
///     name: String,
///     color: Option<String>,
/// }
///
/// #[derive(Resource)]
/// #[resource(path = "/issues")]
/// struct Issue {
///     #[column(primary_key)]
///     id: i64,
///     labels: Vec<Label>,
///     /// Absent and null are no list.
///     tags: Option<Vec<String>>,
///     /// Absent and null are the empty list.
///     #[column(default)]
///     votes: Vec<i64>,
/// }
/// ```
///
/// A type whose [`Column`] is written by hand says by hand that a list holds it as a value:
///
/// ```
/// use connector_runtime::prelude::*;
/// use connector_runtime::value::{AsValue, Cell, Column, ColumnBuilder, Element, LogicalType};
///
/// struct Celsius(f64);
///
/// impl Column for Celsius {
///     const TYPE: LogicalType = f64::TYPE;
///
///     fn read(cell: Cell<'_>) -> Self {
///         Self(f64::read(cell))
///     }
///
///     fn write(&self, out: &mut ColumnBuilder) {
///         self.0.write(out);
///     }
/// }
///
/// impl Element for Celsius {
///     type Kind = AsValue;
/// }
///
/// #[derive(Resource)]
/// #[resource(path = "/stations")]
/// struct Station {
///     #[column(primary_key)]
///     id: i64,
///     temperatures: Vec<Celsius>,
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "a list cannot hold `{Self}`",
    label = "not an element of a list",
    note = "lists hold structs with `#[derive(Record)]` or values of column types, and become child tables",
    note = "for anything else, a list of lists too, use `Json<..>` or `#[column(json)]`, which is one column of JSON"
)]
pub trait Element: Sized + 'static {
    /// [`AsRecord`] or [`AsValue`]. The type says it itself: implementations over all records and over
    /// all columns would overlap.
    type Kind: ElementKind<Self>;
}

/// How elements of a type are kept.
#[doc(hidden)]
pub trait ElementKind<T> {
    const SPEC: ElementSpec;

    fn read(values: &ArrayRef, index: usize) -> T;

    fn write(value: &T, out: &mut Elements);
}

/// Elements that are a [`Record`]: each of its fields is a column of the child table.
#[derive(Debug)]
pub enum AsRecord {}

/// Elements that are a [`Column`]: the column `value` of the child table.
#[derive(Debug)]
pub enum AsValue {}

impl<T: Record> ElementKind<T> for AsRecord {
    const SPEC: ElementSpec = ElementSpec::Record(T::FIELDS);

    fn read(values: &ArrayRef, index: usize) -> T {
        T::from_row(&mut Row::new(values.as_struct().columns(), index))
    }

    fn write(value: &T, out: &mut Elements) {
        let Elements::Records(rows) = out else { unreachable!("{WRONG_ELEMENT}") };
        value.write_row(rows);
    }
}

impl<T: Column> ElementKind<T> for AsValue {
    const SPEC: ElementSpec = ElementSpec::Value(ColumnSpec::new::<T>("", "", ""));

    fn read(values: &ArrayRef, index: usize) -> T {
        T::read(Cell::new(values, index))
    }

    fn write(value: &T, out: &mut Elements) {
        let Elements::Values(_, column) = out else { unreachable!("{WRONG_ELEMENT}") };
        value.write(column);
    }
}

const WRONG_ELEMENT: &str = "BUG: an element of another kind than the list's";

macro_rules! values {
    ($($(#[$cfg:meta])? $ty:ty,)*) => {$(
        $(#[$cfg])?
        impl Element for $ty {
            type Kind = AsValue;
        }
    )*};
}

values! {
    i8, i16, i32, i64, u8, u16, u32, u64, f32, f64, bool, String, Timestamp, civil::Date,
    civil::Time, Bytes,
    #[cfg(feature = "decimal")] rust_decimal::Decimal,
    #[cfg(feature = "uuid")] uuid::Uuid,
}

impl<T: 'static> Element for Json<T>
where
    Self: Column,
{
    type Kind = AsValue;
}

#[diagnostic::do_not_recommend]
impl<T: Choice> Element for T {
    type Kind = AsValue;
}

#[diagnostic::do_not_recommend]
impl<T: Column> Element for Option<T> {
    type Kind = AsValue;
}

/// A field that is a list: `Vec` of an [`Element`], or `Option` of that.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list",
    label = "not a list",
    note = "lists are `Vec<T>` and `Option<Vec<T>>`"
)]
pub trait List: Sized {
    /// What the derives know of a list before it has a name.
    #[doc(hidden)]
    const LIST: ListSpec;

    /// The value of the next field.
    #[doc(hidden)]
    fn take(row: &mut Row<'_>) -> Self;

    /// Writes the value of the next field.
    #[doc(hidden)]
    fn put(&self, out: &mut RowBuilder);
}

impl<T: Element> List for Vec<T> {
    const LIST: ListSpec = ListSpec { optional: false, element: T::Kind::SPEC };

    fn take(row: &mut Row<'_>) -> Self {
        // with `#[column(default)]` a list that is not there is empty
        row.list().unwrap_or_default()
    }

    fn put(&self, out: &mut RowBuilder) {
        out.list(Some(self));
    }
}

impl<T: Element> List for Option<Vec<T>> {
    const LIST: ListSpec = ListSpec { optional: true, element: T::Kind::SPEC };

    fn take(row: &mut Row<'_>) -> Self {
        row.list()
    }

    fn put(&self, out: &mut RowBuilder) {
        out.list(self.as_deref());
    }
}

/// A list without a name.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct ListSpec {
    optional: bool,
    element: ElementSpec,
}

impl ListSpec {
    /// `#[column(default)]`: null and absent are the empty list.
    pub const fn or_empty(mut self) -> Self {
        self.optional = true;
        self
    }

    /// The finished field, under its name, JSON key and doc comment.
    pub const fn named(
        self,
        name: &'static str,
        wire: &'static str,
        doc: &'static str,
    ) -> FieldSpec {
        let Self { optional, element } = self;
        FieldSpec::List { name, wire, doc, optional, element }
    }
}

/// Where each list of a column ends among the elements of all.
#[derive(Debug)]
pub(crate) struct Offsets {
    ends: OffsetBufferBuilder<i32>,
    nulls: NullBufferBuilder,
    /// Elements of all lists so far.
    elements: usize,
}

impl Offsets {
    pub(crate) fn new() -> Self {
        Self { ends: OffsetBufferBuilder::new(0), nulls: NullBufferBuilder::new(0), elements: 0 }
    }

    /// Lists so far.
    pub(crate) fn len(&self) -> usize {
        self.nulls.len()
    }

    /// A list that ends after so many elements of all lists.
    pub(crate) fn push(&mut self, elements: usize) {
        self.ends.push_length(elements - self.elements);
        self.nulls.append_non_null();
        self.elements = elements;
    }

    /// A list that is null.
    pub(crate) fn push_null(&mut self) {
        self.ends.push_length(0);
        self.nulls.append_null();
    }

    /// The lists, of these elements; starts anew.
    pub(crate) fn finish(&mut self, item: &FieldRef, values: ArrayRef) -> ArrayRef {
        let Self { ends, mut nulls, .. } = std::mem::replace(self, Self::new());
        let lists = ListArray::try_new(item.clone(), ends.finish(), values, nulls.finish());
        Arc::new(lists.expect("BUG: the lists were built for this field"))
    }
}

/// Elements that are records, from the arrays of their fields.
pub(crate) fn records(item: &FieldRef, arrays: Vec<ArrayRef>) -> ArrayRef {
    let DataType::Struct(fields) = item.data_type() else { unreachable!("{WRONG_ELEMENT}") };
    let records = StructArray::try_new(fields.clone(), arrays, None);
    Arc::new(records.expect("BUG: the arrays were built for these fields"))
}

/// A growing column of lists.
#[derive(Debug)]
pub(super) struct ListBuilder {
    item: FieldRef,
    offsets: Offsets,
    elements: Elements,
}

/// The elements of a growing column of lists.
#[doc(hidden)]
#[derive(Debug)]
pub enum Elements {
    Records(RowBuilder),
    Values(LogicalType, ColumnBuilder),
}

impl ListBuilder {
    pub(super) fn new(item: &FieldRef, element: ElementSpec) -> Self {
        let elements = match (element, item.data_type()) {
            (ElementSpec::Record(specs), DataType::Struct(fields)) => {
                Elements::Records(RowBuilder::new(specs, fields))
            }
            (ElementSpec::Value(spec), _) => Elements::Values(spec.ty, ColumnBuilder::new(&spec)),
            (ElementSpec::Record(_), _) => unreachable!("{WRONG_ELEMENT}"),
        };
        Self { item: item.clone(), offsets: Offsets::new(), elements }
    }

    pub(super) fn elements(&mut self) -> &mut Elements {
        &mut self.elements
    }

    pub(super) fn append_null(&mut self) {
        self.offsets.push_null();
    }

    pub(super) fn append<T: Element>(&mut self, list: &[T]) {
        let before = self.offsets.elements;
        let length = list.len();
        for element in list {
            T::Kind::write(element, &mut self.elements);
        }
        self.offsets.push(before + length);
    }

    pub(super) fn finish(&mut self) -> ArrayRef {
        let values = match &mut self.elements {
            Elements::Records(rows) => records(&self.item, rows.finish()),
            Elements::Values(_, column) => column.finish(),
        };
        self.offsets.finish(&self.item, values)
    }
}

/// The places of the elements of the list at `index` among those of all, unless it is null.
pub(super) fn range(lists: &ArrayRef, index: usize) -> Option<std::ops::Range<usize>> {
    let lists = lists.as_list::<i32>();
    let offsets = lists.value_offsets();
    (!lists.is_null(index)).then(|| offsets[index] as usize..offsets[index + 1] as usize)
}
