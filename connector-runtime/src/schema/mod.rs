//! Tables: what the fields of a resource mean for a destination.
//!
//! A resource is one table, and one more for each list in its rows: `issues`, `issues__labels`,
//! `issues__labels__reasons`. Its rows travel as one Arrow batch in which lists are lists of
//! structs; [`Tables::split`] makes of it what each of the tables takes.

mod encode;
mod json_schema;
mod split;

use std::ops::Deref;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, Schema};

use crate::spec::{ColumnMark, ColumnSpec, ElementSpec, FieldSpec, ResourceSpec};
use crate::value::{ColumnBuilder, LogicalType};

pub(crate) use encode::Encoder;
#[cfg(feature = "singer")]
pub(crate) use json_schema::names;
pub(crate) use json_schema::{Dialect, described, of_record};
pub use split::Part;
pub(crate) use split::{concat, gather, gather_rows, repeat};

/// Between the name of a nested field and the names of its columns, or of its table.
pub(crate) const NESTING: &str = "__";

/// The column that says which load wrote a row last.
pub const LOAD_ID: &str = "_load_id";

/// The column of a child table that counts the elements of a list, from 0.
pub const INDEX: &str = "_index";

/// Stands before the names of the columns by which a child table says whose rows it has.
pub const PARENT: &str = "_parent_";

/// The column of a child table whose elements are no objects.
pub const VALUE: &str = "value";

/// The tables of a resource: its own first, each list's after that of the rows it is in.
#[derive(Clone, Debug)]
pub struct Tables(Vec<Table>);

/// One table of a destination, without the column [`LOAD_ID`] that every table has.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Table {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub doc: &'static str,
    /// Its columns. A child table begins with the key of its parent's row and [`INDEX`]; then, as
    /// in every table, the columns come in the order of the struct's fields.
    pub columns: Vec<TableColumn>,
    /// Among [`Tables`], the table whose rows hold the list that this table is made of.
    pub parent: Option<usize>,
    /// The list, among the arrays of the parent's record.
    list: usize,
    /// For each own column its place among the arrays of the record; those before are the key of
    /// the parent and the index.
    arrays: Vec<usize>,
    /// The elements are no objects.
    scalar: bool,
}

/// One column of a [`Table`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TableColumn {
    /// Its name; `user__login` for the column `login` of a flattened field `user`.
    pub name: String,
    /// What it holds.
    pub doc: &'static str,
    /// What is stored.
    pub ty: LogicalType,
    /// Null is a value.
    pub nullable: bool,
    /// Part of the primary key.
    pub primary_key: bool,
    /// What it says of its row.
    pub mark: Option<ColumnMark>,
}

impl Deref for Tables {
    type Target = [Table];

    fn deref(&self) -> &[Table] {
        &self.0
    }
}

impl Tables {
    /// The tables of a resource.
    pub fn of(resource: &ResourceSpec) -> Self {
        let mut tables = Self(Vec::new());
        tables.record(resource.name.to_owned(), resource.doc, None, Vec::new(), resource.fields);
        tables
    }

    /// The table of the resource itself.
    pub fn root(&self) -> &Table {
        &self.0[0]
    }

    /// The tables of its lists.
    pub fn children(&self) -> &[Table] {
        &self.0[1..]
    }

    /// Whether the resource has child tables.
    pub fn is_nested(&self) -> bool {
        self.0.len() > 1
    }

    /// `parent`: the table and array of the list that holds these records; `columns`: what stands
    /// before their own.
    fn record(
        &mut self,
        name: String,
        doc: &'static str,
        parent: Option<(usize, usize)>,
        columns: Vec<TableColumn>,
        fields: &[FieldSpec],
    ) {
        let is_child = parent.is_some();
        let (parent, list) = parent.unzip();
        let list = list.unwrap_or_default();
        let at = self.0.len();
        self.0.push(Table { name, doc, columns, parent, list, arrays: Vec::new(), scalar: false });
        let mut record = Record { tables: self, at, next: 0, is_child, lists: Vec::new() };
        record.fields(fields, "", false);
        let lists = record.lists;
        for list in lists {
            let name = format!("{}{NESTING}{}", self.0[at].name, list.name);
            let key = self.0[at].key().map(TableColumn::of_parent);
            let mut columns: Vec<_> = key.collect();
            columns.push(TableColumn::index());
            match list.element {
                ElementSpec::Record(fields) => {
                    self.record(name, list.doc, Some((at, list.array)), columns, fields);
                }
                ElementSpec::Value(spec) => {
                    columns.push(TableColumn::new(VALUE.to_owned(), &spec, false, true));
                    self.0.push(Table {
                        name,
                        doc: list.doc,
                        columns,
                        parent: Some(at),
                        list: list.array,
                        arrays: vec![0],
                        scalar: true,
                    });
                }
            }
        }
    }
}

/// The fields of a record on their way into a table.
struct Record<'a> {
    tables: &'a mut Tables,
    at: usize,
    /// Arrays so far.
    next: usize,
    is_child: bool,
    lists: Vec<List>,
}

/// A list that becomes a table of its own.
struct List {
    name: String,
    doc: &'static str,
    array: usize,
    element: ElementSpec,
}

impl Record<'_> {
    /// `optional`: the object that holds the fields may be absent, and then so is every column.
    fn fields(&mut self, fields: &[FieldSpec], prefix: &str, optional: bool) {
        for field in fields {
            match *field {
                FieldSpec::Column(spec) => {
                    // a nested struct may be a resource of its own: its key is none here
                    let nested = self.is_child || !prefix.is_empty();
                    let name = format!("{prefix}{}", spec.name);
                    let table = &mut self.tables.0[self.at];
                    table.columns.push(TableColumn::new(name, &spec, optional, nested));
                    table.arrays.push(self.next);
                    self.next += 1;
                }
                FieldSpec::Flatten { name, optional: own, fields, .. } => {
                    let prefix = format!("{prefix}{name}{NESTING}");
                    self.fields(fields, &prefix, optional || own);
                }
                FieldSpec::List { name, doc, element, .. } => {
                    let name = format!("{prefix}{name}");
                    self.lists.push(List { name, doc, array: self.next, element });
                    self.next += 1;
                }
            }
        }
    }
}

impl Table {
    /// The columns of the primary key.
    pub fn key(&self) -> impl Iterator<Item = &TableColumn> + Clone {
        self.columns.iter().filter(|column| column.primary_key)
    }

    /// The column that has a mark of this kind.
    pub fn marked(&self, is: impl Fn(ColumnMark) -> bool) -> Option<&TableColumn> {
        self.columns.iter().find(|column| column.mark.is_some_and(&is))
    }
}

impl TableColumn {
    fn new(name: String, spec: &ColumnSpec, optional: bool, nested: bool) -> Self {
        Self {
            name,
            doc: spec.doc,
            ty: spec.ty,
            nullable: spec.nullable || optional,
            primary_key: spec.primary_key && !nested,
            mark: spec.mark.filter(|_| !nested),
        }
    }

    /// A column of the parent's key, in the child.
    fn of_parent(&self) -> Self {
        // `_parent_id`, `_index` become `_parent_parent_id`, `_parent_index`
        let ours = self.name.starts_with(PARENT) || self.name == INDEX;
        let name = if ours { &self.name[1..] } else { self.name.as_str() };
        Self { name: format!("{PARENT}{name}"), doc: "", mark: None, ..self.clone() }
    }

    fn index() -> Self {
        Self {
            name: INDEX.to_owned(),
            doc: "",
            ty: LogicalType::I64,
            nullable: false,
            primary_key: true,
            mark: None,
        }
    }
}

/// The Arrow schema of batches with these fields: one array a column and one a list, in the order
/// of declaration; flattened objects in their place.
pub fn arrow_schema(fields: &[FieldSpec]) -> Arc<Schema> {
    Arc::new(Schema::new(arrow_fields(fields)))
}

pub(crate) fn arrow_fields(fields: &[FieldSpec]) -> Fields {
    let mut arrow = Vec::new();
    collect(fields, "", false, &mut arrow);
    arrow.into()
}

fn collect(fields: &[FieldSpec], prefix: &str, optional: bool, arrow: &mut Vec<Field>) {
    for field in fields {
        match *field {
            FieldSpec::Column(spec) => {
                let name = format!("{prefix}{}", spec.name);
                let nullable = spec.nullable || optional;
                arrow.push(Field::new(name, ColumnBuilder::data_type(spec.ty), nullable));
            }
            FieldSpec::Flatten { name, optional: own, fields, .. } => {
                collect(fields, &format!("{prefix}{name}{NESTING}"), optional || own, arrow);
            }
            FieldSpec::List { name, optional: own, element, .. } => {
                let ty = DataType::List(element_field(element));
                arrow.push(Field::new(format!("{prefix}{name}"), ty, optional || own));
            }
        }
    }
}

/// The field of a list's elements.
pub(crate) fn element_field(element: ElementSpec) -> Arc<Field> {
    let (ty, nullable) = match element {
        ElementSpec::Record(fields) => (DataType::Struct(arrow_fields(fields)), false),
        ElementSpec::Value(spec) => (ColumnBuilder::data_type(spec.ty), spec.nullable),
    };
    Arc::new(Field::new("item", ty, nullable))
}
