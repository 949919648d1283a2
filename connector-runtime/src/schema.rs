//! Tables: what the columns of a resource mean for a destination.

use std::sync::Arc;

use arrow_schema::{Field, Schema};

use crate::spec::{FieldSpec, ResourceSpec};
use crate::value::{ColumnBuilder, LogicalType};

/// Between the name of a flattened field and the names of its columns.
pub(crate) const NESTING: &str = "__";

/// The column that says which load wrote a row last.
pub const LOAD_ID: &str = "_load_id";

/// One table of a destination, without the columns that the runtime adds.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub doc: &'static str,
    /// Its columns, in the order of the struct's fields.
    pub columns: Vec<TableColumn>,
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
}

impl Table {
    /// The table of a resource.
    pub fn of(resource: &ResourceSpec) -> Self {
        let mut columns = Vec::new();
        collect(resource.fields, "", false, &mut columns);
        Self { name: resource.name, doc: resource.doc, columns }
    }

    /// The names of the primary key's columns.
    pub fn key(&self) -> impl Iterator<Item = &TableColumn> {
        self.columns.iter().filter(|column| column.primary_key)
    }

    /// The Arrow schema of the batches for this table.
    pub fn arrow_schema(&self) -> Arc<Schema> {
        let fields = self.columns.iter().map(|column| {
            Field::new(&column.name, ColumnBuilder::data_type(column.ty), column.nullable)
        });
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }
}

/// `optional`: the object that holds the fields may be absent, and then so is every column.
fn collect(fields: &[FieldSpec], prefix: &str, optional: bool, columns: &mut Vec<TableColumn>) {
    for field in fields {
        match *field {
            FieldSpec::Column(spec) => columns.push(TableColumn {
                name: format!("{prefix}{}", spec.name),
                doc: spec.doc,
                ty: spec.ty,
                nullable: spec.nullable || optional,
                // a nested struct may be a resource of its own: its key is none here
                primary_key: spec.primary_key && prefix.is_empty(),
            }),
            FieldSpec::Flatten { name, optional: own, fields, .. } => {
                collect(fields, &format!("{prefix}{name}{NESTING}"), optional || own, columns);
            }
        }
    }
}
