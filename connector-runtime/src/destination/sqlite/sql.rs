//! Statements: all SQL text of this destination.

use std::fmt::Write;

use crate::schema::{LOAD_ID, Table, TableColumn};
use crate::spec::WriteDisposition;
use crate::value::LogicalType;

/// The tables of our own. `WITHOUT ROWID`: they are small and read by key.
pub(super) const SYSTEM_TABLES: &str = "
CREATE TABLE IF NOT EXISTS _connector_state (
    connector TEXT NOT NULL,
    resource TEXT NOT NULL,
    state TEXT NOT NULL,
    load_id INTEGER NOT NULL,
    PRIMARY KEY (connector, resource)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS _connector_loads (
    load_id INTEGER NOT NULL,
    connector TEXT NOT NULL,
    resource TEXT NOT NULL,
    status TEXT NOT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT,
    received INTEGER NOT NULL,
    inserted INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    pages INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    retries INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    error TEXT,
    PRIMARY KEY (load_id, resource)
) STRICT, WITHOUT ROWID;";

pub(super) const READ_STATE: &str =
    "SELECT state FROM _connector_state WHERE connector = ?1 AND resource = ?2";

pub(super) const WRITE_STATE: &str =
    "INSERT INTO _connector_state (connector, resource, state, load_id) VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT (connector, resource) DO UPDATE SET state = excluded.state, load_id = excluded.load_id";

pub(super) const NEXT_LOAD_ID: &str =
    "SELECT max(?1, coalesce((SELECT max(load_id) + 1 FROM _connector_loads), 0))";

/// A load that was killed could not write its end.
pub(super) const CLOSE_LOG: &str = "UPDATE _connector_loads SET status = 'killed' WHERE connector = ?1 AND resource = ?2 AND status = 'running'";

pub(super) const OTHER_CONNECTOR: &str = "SELECT connector FROM _connector_loads WHERE connector <> ?1 AND resource = ?2 COLLATE NOCASE LIMIT 1";

pub(super) const START_LOG: &str =
    "INSERT INTO _connector_loads (load_id, connector, resource, status, started_at, received,
         inserted, updated, unchanged, pages, requests, retries, bytes)
     VALUES (?1, ?2, ?3, 'running', ?4, 0, 0, 0, 0, 0, 0, 0, 0)";

pub(super) const WRITE_LOG: &str =
    "UPDATE _connector_loads SET status = ?3, ended_at = ?4, received = ?5, inserted = ?6,
         updated = ?7, unchanged = ?8, pages = ?9, requests = ?10, retries = ?11, bytes = ?12,
         error = ?13
     WHERE load_id = ?1 AND resource = ?2";

/// Tables and views go by any case of their name.
pub(super) const TABLE_KIND: &str =
    "SELECT type, wr FROM pragma_table_list WHERE schema = 'main' AND name = ?1 COLLATE NOCASE";

pub(super) const TABLE_COLUMNS: &str =
    "SELECT name, type, \"notnull\", dflt_value IS NOT NULL, pk FROM pragma_table_info(?1)";

pub(super) const UNIQUE_INDEXES: &str =
    "SELECT count(*) FROM pragma_index_list(?1) WHERE \"unique\"";

/// A name as an identifier, whatever is in it.
pub(super) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// What SQLite calls the type.
pub(super) fn type_name(ty: LogicalType) -> &'static str {
    match ty {
        LogicalType::Bool
        | LogicalType::I8
        | LogicalType::I16
        | LogicalType::I32
        | LogicalType::I64
        | LogicalType::U8
        | LogicalType::U16
        | LogicalType::U32
        | LogicalType::U64 => "INTEGER",
        LogicalType::F32 | LogicalType::F64 => "REAL",
        LogicalType::Bytes => "BLOB",
        LogicalType::Date
        | LogicalType::Decimal
        | LogicalType::Json
        | LogicalType::Text
        | LogicalType::Time
        | LogicalType::Timestamp
        | LogicalType::Uuid => "TEXT",
    }
}

/// Appended rows may share a key: only the other dispositions enforce it.
fn key(table: &Table, write_disposition: WriteDisposition) -> Vec<&TableColumn> {
    match write_disposition {
        WriteDisposition::Append => Vec::new(),
        WriteDisposition::Merge | WriteDisposition::Replace => table.key().collect(),
    }
}

fn names<'a>(columns: impl IntoIterator<Item = &'a TableColumn>) -> String {
    columns.into_iter().map(|column| quote(&column.name)).collect::<Vec<_>>().join(", ")
}

pub(super) fn create_table(table: &Table, write_disposition: WriteDisposition) -> String {
    let mut sql = String::new();
    comment(&mut sql, "", table.doc);
    let _ = writeln!(sql, "CREATE TABLE IF NOT EXISTS {} (", quote(&table.name));
    for column in &table.columns {
        comment(&mut sql, "    ", column.doc);
        let _ = writeln!(sql, "    {},", column_definition(column));
    }
    let _ = write!(sql, "    {} INTEGER NOT NULL", quote(LOAD_ID));
    let key = key(table, write_disposition);
    if !key.is_empty() {
        let _ = write!(sql, ",\n    PRIMARY KEY ({})", names(key));
    }
    sql.push_str("\n) STRICT");
    sql
}

/// A column's name, type and nullability.
pub(super) fn column_definition(column: &TableColumn) -> String {
    let null = if column.nullable { "" } else { " NOT NULL" };
    format!("{} {}{null}", quote(&column.name), type_name(column.ty))
}

/// Doc comments stay with the table: SQLite keeps the statement's text.
fn comment(sql: &mut String, indent: &str, doc: &str) {
    for line in doc.lines() {
        let _ = writeln!(sql, "{indent}-- {line}");
    }
}

/// A private table for rows that become visible later.
pub(super) fn create_stage(table: &Table, write_disposition: WriteDisposition) -> String {
    let columns: Vec<_> = table.columns.iter().map(column_definition).collect();
    let key = key(table, write_disposition);
    let key = match key.is_empty() {
        true => String::new(),
        false => format!(", PRIMARY KEY ({})", names(key)),
    };
    format!(
        "DROP TABLE IF EXISTS temp.{STAGE};
         CREATE TEMP TABLE {STAGE} ({}, {} INTEGER NOT NULL{key}) STRICT",
        columns.join(", "),
        quote(LOAD_ID)
    )
}

/// The row that is there already, in an upsert; no table has this name.
const THERE: &str = "_connector_there";

/// Where staged rows are.
pub(super) const STAGE: &str = "_connector_stage";

pub(super) const DROP_STAGE: &str = "DROP TABLE IF EXISTS temp._connector_stage";

/// Staged rows into their table.
pub(super) fn publish(table: &Table) -> String {
    let columns = format!("{}, {}", names(&table.columns), quote(LOAD_ID));
    format!("INSERT INTO {} ({columns}) SELECT {columns} FROM temp.{STAGE}", quote(&table.name))
}

pub(super) fn delete_all(table: &Table) -> String {
    format!("DELETE FROM {}", quote(&table.name))
}

/// `rows` rows at once. Rows whose key is there update it, if any value differs; the load id alone
/// is no difference.
pub(super) fn insert(
    table: &Table,
    write_disposition: WriteDisposition,
    load_id: i64,
    rows: usize,
) -> String {
    let target = match write_disposition {
        WriteDisposition::Merge => quote(&table.name),
        WriteDisposition::Append | WriteDisposition::Replace => format!("temp.{STAGE}"),
    };
    let columns = names(&table.columns);
    let mut sql =
        format!("INSERT INTO {target} AS {THERE} ({columns}, {}) VALUES ", quote(LOAD_ID));
    let marks = "?, ".repeat(table.columns.len());
    for row in 0..rows {
        let comma = if row == 0 { "" } else { ", " };
        let _ = write!(sql, "{comma}({marks}{load_id})");
    }
    let key = key(table, write_disposition);
    if key.is_empty() {
        return sql;
    }
    let others: Vec<_> = table.columns.iter().filter(|column| !column.primary_key).collect();
    let _ = write!(sql, " ON CONFLICT ({}) DO ", names(key));
    if others.is_empty() {
        sql.push_str("NOTHING");
        return sql;
    }
    let all = others.iter().map(|column| quote(&column.name)).chain([quote(LOAD_ID)]);
    let set: Vec<_> = all.map(|name| format!("{name} = excluded.{name}")).collect();
    let differs: Vec<_> = others
        .iter()
        .map(|column| quote(&column.name))
        .map(|name| format!("{THERE}.{name} IS NOT excluded.{name}"))
        .collect();
    let _ = write!(sql, "UPDATE SET {} WHERE {}", set.join(", "), differs.join(" OR "));
    sql
}
