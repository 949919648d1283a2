//! What a database file has: tables as SQLite describes them.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};

use super::explain::explain;
use super::worker::text;
use crate::destination::Load;
use crate::destination::sql::compare::{self, Existing, ExistingColumn, Migration};
use crate::destination::sql::{Space, quote, system};
use crate::error::Result;
use crate::schema::Table;

/// Tables and views go by any case of their name.
const KIND: &str =
    "SELECT type, wr FROM pragma_table_list WHERE schema = 'main' AND name = ?1 COLLATE NOCASE";

/// Columns that are computed (2, 3) are among those of `table_xinfo` only.
const COLUMNS: &str =
    "SELECT name, type, \"notnull\", dflt_value IS NOT NULL OR hidden > 1, hidden > 1
     FROM pragma_table_xinfo(?1) WHERE hidden <> 1";

const PRIMARY_KEY: &str = "SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk";

const UNIQUE_INDEXES: &str =
    "SELECT name FROM pragma_index_list(?1) WHERE \"unique\" AND NOT partial AND origin <> 'pk'";

const INDEX_COLUMNS: &str = "SELECT coalesce(name, '') FROM pragma_index_info(?1) ORDER BY seqno";

const FOLDED_INDEX_COLUMNS: &str = "SELECT name, upper(coll) FROM pragma_index_xinfo(?1)
     WHERE key AND name IS NOT NULL AND upper(coll) <> 'BINARY'";

/// The table of this name, if there is one.
pub(super) fn table(connection: &Connection, name: &str) -> Result<Option<Existing>> {
    let kind: Option<(String, bool)> = connection
        .query_row(KIND, [name], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
        .map_err(explain)?;
    let Some((kind, without_rowid)) = kind else { return Ok(None) };
    let unusable = match kind.as_str() {
        "table" if without_rowid => {
            Some("it is `WITHOUT ROWID`: SQLite does not count its rows".to_owned())
        }
        "table" => None,
        other => Some(format!("it is a {other}")),
    };
    let mut unique = vec![texts(connection, PRIMARY_KEY, name)?];
    for index in texts(connection, UNIQUE_INDEXES, name)? {
        unique.push(texts(connection, INDEX_COLUMNS, &index)?);
    }
    unique.retain(|columns| !columns.is_empty());
    // a view may be one that cannot be read
    let (columns, folded) = match unusable {
        Some(_) => Default::default(),
        None => {
            let columns = columns(connection, name)?;
            let folded = folded(connection, name, &columns)?;
            (columns, folded)
        }
    };
    Ok(Some(Existing { unusable, columns, unique, folded }))
}

/// The tables of a load against those that are there, and what is remembered of them; `None`: there is no
/// database. `known`: the same one, if what it remembers can be read.
pub(super) fn compare(
    connection: Option<&Connection>,
    known: Option<&Connection>,
    space: &Space,
    load: &Load,
) -> Result<Migration> {
    let remembered = |query: String| match known {
        Some(known) => text(known, &query),
        None => Ok(None),
    };
    if let Some(other) = remembered(system::other_connector(space, load))? {
        return Err(system::foreign(load, &other));
    }
    let mut there = HashMap::new();
    for table in load.tables.iter() {
        let existing = connection.map(|connection| self::table(connection, &table.name));
        there.extend(existing.transpose()?.flatten().map(|existing| (&table.name, existing)));
    }
    let existing = |table: &Table| there.get(&table.name);
    if compare::begins(space, load, existing)?
        && remembered(system::passes_over(space, load))?.is_some()
    {
        return Err(system::lost(load));
    }
    compare::compare_all(space, load, existing)
}

/// The columns whose texts are compared by a collation of their own, or that are so in a unique index.
fn folded(
    connection: &Connection,
    table: &str,
    columns: &[ExistingColumn],
) -> Result<Vec<(String, String)>> {
    let mut folded = Vec::new();
    let texts_of = columns.iter().filter(|column| column.ty.eq_ignore_ascii_case("TEXT"));
    for ExistingColumn { name, .. } in texts_of {
        // a column of several queries has the collation of the first
        let query = format!(
            "SELECT CASE WHEN x = 'A' THEN 'NOCASE' WHEN x = 'a ' THEN 'RTRIM' END
             FROM (SELECT {} AS x FROM main.{} WHERE false UNION ALL SELECT 'a')",
            quote(name),
            quote(table)
        );
        let collation: Option<String> =
            connection.query_row(&query, [], |row| row.get(0)).map_err(explain)?;
        folded.extend(collation.map(|collation| (name.clone(), collation)));
    }
    let indexes = "SELECT name FROM pragma_index_list(?1) WHERE \"unique\" AND NOT partial";
    for index in texts(connection, indexes, table)? {
        let mut statement = connection.prepare(FOLDED_INDEX_COLUMNS).map_err(explain)?;
        let rows = statement.query_map([&index], |row| Ok((row.get(0)?, row.get(1)?)));
        let rows: Vec<_> = rows.and_then(Iterator::collect).map_err(explain)?;
        folded.extend(rows);
    }
    Ok(folded)
}

/// The version of our own tables; `None`: there are none.
pub(super) fn version(connection: &Connection, read: &str) -> Result<Option<i64>> {
    let is_there = |name: &str| {
        let kind = connection.query_row(KIND, [name], |_| Ok(())).optional();
        kind.map(|row| row.is_some()).map_err(explain)
    };
    if is_there("_connector_version")? {
        return connection.query_row(read, [], |row| row.get(0)).optional().map_err(explain);
    }
    Ok(is_there("_connector_loads")?.then_some(1))
}

fn columns(connection: &Connection, table: &str) -> Result<Vec<ExistingColumn>> {
    let mut statement = connection.prepare(COLUMNS).map_err(explain)?;
    let rows = statement.query_map([table], |row| {
        Ok(ExistingColumn {
            name: row.get(0)?,
            ty: row.get(1)?,
            not_null: row.get(2)?,
            has_default: row.get(3)?,
            is_computed: row.get(4)?,
        })
    });
    rows.and_then(Iterator::collect).map_err(explain)
}

fn texts(connection: &Connection, sql: &str, argument: &str) -> Result<Vec<String>> {
    let mut statement = connection.prepare(sql).map_err(explain)?;
    let rows = statement.query_map([argument], |row| row.get(0));
    rows.and_then(Iterator::collect).map_err(explain)
}
