//! What tables are made of.

use std::fmt::Write as _;

use super::{Dialect, Space};
use crate::destination::{Load, Write};
use crate::schema::{LOAD_ID, Table};
use crate::spec::{MergeStrategy, WriteDisposition};
use crate::value::LogicalType;

/// A column as the database has it: those of the struct and those that the runtime adds.
#[derive(Clone, Debug)]
pub(in crate::destination) struct Column<'a> {
    pub(in crate::destination) name: &'a str,
    pub(in crate::destination) doc: &'a str,
    pub(in crate::destination) ty: LogicalType,
    pub(in crate::destination) nullable: bool,
}

/// The columns of a table, in the order in which it is made.
pub(in crate::destination) fn columns<'a>(table: &'a Table, write: &Write) -> Vec<Column<'a>> {
    let own = table.columns.iter().map(|column| Column {
        name: &column.name,
        doc: column.doc,
        ty: column.ty,
        nullable: column.nullable,
    });
    let mut columns: Vec<_> = own.collect();
    if let MergeStrategy::Scd2 { valid_from, valid_to } = write.strategy {
        for (name, nullable) in [(valid_from, false), (valid_to, true)] {
            columns.push(Column { name, doc: "", ty: LogicalType::Timestamp, nullable });
        }
    }
    columns.push(Column { name: LOAD_ID, doc: "", ty: LogicalType::I64, nullable: false });
    columns
}

/// The primary key. Appended rows may share theirs: only the other dispositions enforce it.
pub(in crate::destination) fn key<'a>(table: &'a Table, write: &Write) -> Vec<&'a str> {
    let own = table.key().map(|column| column.name.as_str());
    match (write.disposition, write.strategy) {
        (WriteDisposition::Append, _) => Vec::new(),
        (_, MergeStrategy::Scd2 { valid_from, .. }) => own.chain([valid_from]).collect(),
        _ => own.collect(),
    }
}

/// Names with commas between.
pub(in crate::destination) fn list<'a>(
    space: &Space,
    names: impl IntoIterator<Item = &'a str>,
) -> String {
    names.into_iter().map(|name| space.name(name)).collect::<Vec<_>>().join(", ")
}

/// The statements that make the tables of a load.
pub(in crate::destination) fn script(space: &Space, load: &Load) -> String {
    let tables = load.tables.iter().filter(|_| load.store);
    let statements = tables.flat_map(|table| create_table(space, table, &load.write));
    statements.map(|statement| format!("{statement};\n")).collect()
}

/// The statements that make one table, and its comments with it.
pub(in crate::destination) fn create_table(
    space: &Space,
    table: &Table,
    write: &Write,
) -> Vec<String> {
    let mut sql = String::new();
    let columns = columns(table, write);
    sql.push_str(&inline_comment(space, "", table.doc));
    let _ = writeln!(sql, "CREATE TABLE IF NOT EXISTS {} (", qualified(space, &table.name));
    for column in &columns {
        sql.push_str(&inline_comment(space, "    ", column.doc));
        let _ = writeln!(sql, "    {},", definition(space, column));
    }
    let key = key(table, write);
    match key.is_empty() {
        true => sql.truncate(sql.len() - ",\n".len()),
        false => {
            let _ = write!(sql, "    PRIMARY KEY ({})", list(space, key));
        }
    }
    sql.push_str(match space.dialect {
        #[cfg(feature = "sqlite")]
        Dialect::Sqlite => "\n) STRICT",
        #[cfg(feature = "postgres")]
        Dialect::Postgres => "\n)",
    });
    let mut statements = vec![sql];
    statements.extend(comments(space, table, &columns));
    statements
}

/// SQLite has one schema, and a person who reads the statement expects none.
pub(super) fn qualified(space: &Space, name: &str) -> String {
    match space.dialect {
        #[cfg(feature = "sqlite")]
        Dialect::Sqlite => space.name(name),
        #[cfg(feature = "postgres")]
        Dialect::Postgres => space.table(name),
    }
}

/// A column's name, type and nullability.
pub(in crate::destination) fn definition(space: &Space, column: &Column<'_>) -> String {
    let null = if column.nullable { "" } else { " NOT NULL" };
    format!("{} {}{null}", space.name(column.name), space.dialect.type_name(column.ty))
}

/// SQLite keeps the text of the statement, and doc comments in it.
#[cfg_attr(not(feature = "sqlite"), expect(unused_variables))]
fn inline_comment(space: &Space, indent: &str, doc: &str) -> String {
    match space.dialect {
        #[cfg(feature = "sqlite")]
        Dialect::Sqlite => doc.lines().map(|line| format!("{indent}-- {line}\n")).collect(),
        #[cfg(feature = "postgres")]
        Dialect::Postgres => String::new(),
    }
}

/// PostgreSQL keeps comments beside its tables.
#[cfg_attr(not(feature = "postgres"), expect(unused_variables))]
fn comments(space: &Space, table: &Table, columns: &[Column<'_>]) -> Vec<String> {
    match space.dialect {
        #[cfg(feature = "sqlite")]
        Dialect::Sqlite => Vec::new(),
        #[cfg(feature = "postgres")]
        Dialect::Postgres => {
            let name = space.table(&table.name);
            let on_table = (!table.doc.is_empty())
                .then(|| format!("COMMENT ON TABLE {name} IS {}", super::literal(table.doc)));
            let on_columns = columns.iter().filter(|column| !column.doc.is_empty()).map(|column| {
                let (column, doc) = (space.name(column.name), super::literal(column.doc));
                format!("COMMENT ON COLUMN {name}.{column} IS {doc}")
            });
            on_table.into_iter().chain(on_columns).collect()
        }
    }
}

/// The schema, where there can be several.
#[cfg(feature = "postgres")]
pub(in crate::destination) fn create_schema(space: &Space) -> String {
    format!("CREATE SCHEMA IF NOT EXISTS {}", super::quote(&space.schema))
}
