//! What a schema has: tables as PostgreSQL's catalog describes them.

use std::collections::HashMap;

use super::connection::{Connection, Texts};
use super::explain::Failure;
use crate::destination::Load;
use crate::destination::sql::compare::{self, Existing, ExistingColumn, Migration};
use crate::destination::sql::merge::ROW;
use crate::destination::sql::{Space, literal, quote, system};
use crate::schema::{LOAD_ID, Table};

/// Whether there is a schema of this name.
pub(super) async fn has_schema(
    connection: &mut Connection,
    space: &Space,
) -> Result<bool, Failure> {
    let sql = format!("SELECT 1 FROM pg_namespace WHERE nspname = {}", literal(&space.schema));
    Ok(connection.value(&sql).await?.is_some())
}

/// Whether tables can be made in the schema.
pub(super) async fn may_create(
    connection: &mut Connection,
    space: &Space,
) -> Result<bool, Failure> {
    let schema = literal(&quote(&space.schema));
    let sql = format!("SELECT has_schema_privilege(to_regnamespace({schema}), 'CREATE')");
    Ok(connection.value(&sql).await?.as_deref() == Some("t"))
}

/// Whether there is a table of this name.
pub(super) async fn has_table(
    connection: &mut Connection,
    space: &Space,
    name: &str,
) -> Result<bool, Failure> {
    let sql = format!("SELECT to_regclass({})", literal(&space.table(name)));
    Ok(connection.value(&sql).await?.is_some())
}

/// The tables of a load against those that are there, and what is remembered of them. `is_known`: that can be
/// read.
pub(super) async fn compare(
    connection: &mut Connection,
    is_known: bool,
    space: &Space,
    load: &Load,
) -> Result<Migration, Failure> {
    if is_known && let Some(other) = connection.value(&system::other_connector(space, load)).await?
    {
        return Err(system::foreign(load, &other).into());
    }
    let tables: Vec<_> = load.tables.iter().collect();
    let there = self::tables(connection, space, &tables).await?;
    let existing = |table: &Table| there.get(&space.bare(&table.name));
    if compare::begins(space, load, existing)?
        && is_known
        && connection.value(&system::passes_over(space, load)).await?.is_some()
    {
        return Err(system::lost(load).into());
    }
    Ok(compare::compare_all(space, load, existing)?)
}

/// Those of the tables that are there, by their name in the database.
async fn tables(
    connection: &mut Connection,
    space: &Space,
    tables: &[&Table],
) -> Result<HashMap<String, Existing>, Failure> {
    let mut found = HashMap::new();
    for [name, kind] in texts(connection.query(&relations(space, tables)).await?) {
        let unusable = match kind.as_str() {
            "r" | "p" => None,
            "v" => Some("it is a view"),
            "m" => Some("it is a materialized view"),
            "f" => Some("it is a foreign table"),
            "S" => Some("it is a sequence"),
            "i" | "I" => Some("it is an index"),
            _ => Some("it is a type"),
        };
        let unusable = unusable.map(str::to_owned);
        found.insert(name, Existing { unusable, ..Existing::default() });
    }
    for [table, name, ty, not_null, default, own] in
        texts(connection.query(&columns(space, tables)).await?)
    {
        let Some(existing) = found.get_mut(&table) else { continue };
        let is_computed = own == "t";
        let (not_null, has_default) = (not_null == "t", default == "t");
        existing.columns.push(ExistingColumn { name, ty, not_null, has_default, is_computed });
    }
    let mut last = None;
    for [table, index, column] in texts(connection.query(&unique(space, tables)).await?) {
        let Some(existing) = found.get_mut(&table) else { continue };
        if last.replace(index.clone()) != Some(index) {
            existing.unique.push(Vec::new());
        }
        if let Some(columns) = existing.unique.last_mut() {
            columns.push(column);
        }
    }
    Ok(found)
}

/// Whether tables take by `COPY` what they would take out of their stages, as a condition: of plain tables only, with
/// columns of the same types, where no rule and no policy has a say, and whose keys are refused at once,
/// and under the collation by which they are compared elsewhere, when they come a second time.
pub(super) fn takes_copies(space: &Space, tables: &[Table], stages: &[String]) -> String {
    let of_table = |(table, stage): (&Table, &String)| {
        let mut key: Vec<_> = table.key().map(|column| space.bare(&column.name)).collect();
        key.sort_unstable();
        let key: Vec<_> = key.iter().map(|name| literal(name)).collect();
        let target = literal(&space.table(&table.name));
        let (stage, key) = (literal(stage), key.join(", "));
        format!("({target}::regclass, {stage}::regclass, ARRAY[{key}]::text[])")
    };
    let pairs: Vec<_> = tables.iter().zip(stages).map(of_table).collect();
    format!(
        "NOT EXISTS (WITH pairs (target, stage, key) AS (VALUES {}) \
         SELECT 1 FROM pairs JOIN pg_class AS c ON c.oid = target \
         WHERE c.relkind <> 'r' OR c.relhassubclass OR c.relhasrules OR c.relrowsecurity \
         OR EXISTS (SELECT 1 FROM pg_index AS i \
         WHERE i.indrelid = target AND i.indisunique AND NOT i.indimmediate) \
         OR NOT EXISTS (SELECT 1 FROM pg_index AS i \
         WHERE i.indrelid = target AND i.indisunique AND i.indisvalid AND i.indpred IS NULL \
         AND i.indexprs IS NULL AND i.indnkeyatts = cardinality(key) AND key = \
         (SELECT array_agg(a.attname::text ORDER BY a.attname::text COLLATE \"C\") \
         FROM unnest(i.indkey::int2[], i.indcollation::oid[]) WITH ORDINALITY AS k (attnum, collation_, place) \
         JOIN pg_attribute AS a ON a.attrelid = target AND a.attnum = k.attnum \
         AND a.attcollation = k.collation_ WHERE k.place <= i.indnkeyatts)) \
         OR EXISTS (SELECT 1 FROM pg_attribute AS s \
         LEFT JOIN pg_attribute AS t ON t.attrelid = target AND t.attname = s.attname \
         AND t.atttypid = s.atttypid AND t.atttypmod = s.atttypmod \
         WHERE s.attrelid = stage AND s.attnum > 0 AND s.attname <> '{ROW}' AND t.attname IS NULL) \
         OR NOT EXISTS (SELECT 1 FROM pg_attribute AS t \
         WHERE t.attrelid = target AND t.attname = '{LOAD_ID}' AND t.atttypid = 'int8'::regtype))",
        pairs.join(", ")
    )
}

/// Whether a table has no rows, which is told by its size.
pub(super) async fn is_empty(connection: &mut Connection, table: &str) -> Result<bool, Failure> {
    let sql = format!("SELECT pg_relation_size({}::regclass) = 0", literal(table));
    Ok(connection.value(&sql).await?.as_deref() == Some("t"))
}

/// The relations that the tables would be, as `c`.
fn of(space: &Space, tables: &[&Table]) -> String {
    let names: Vec<_> = tables.iter().map(|table| literal(&space.bare(&table.name))).collect();
    format!(
        "c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = {}) AND c.relname IN ({})",
        literal(&space.schema),
        names.join(", ")
    )
}

fn relations(space: &Space, tables: &[&Table]) -> String {
    format!("SELECT c.relname, c.relkind FROM pg_class AS c WHERE {}", of(space, tables))
}

fn columns(space: &Space, tables: &[&Table]) -> String {
    format!(
        "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, \
         a.atthasdef OR a.attidentity <> '', a.attgenerated <> '' OR a.attidentity = 'a' \
         FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid \
         WHERE {} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attnum",
        of(space, tables)
    )
}

/// The columns of unique indexes, without partial ones and those over expressions.
fn unique(space: &Space, tables: &[&Table]) -> String {
    format!(
        "SELECT c.relname, i.indexrelid, a.attname FROM pg_class AS c \
         JOIN pg_index AS i ON i.indrelid = c.oid \
         CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, place) \
         JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.attnum \
         WHERE {} AND i.indisunique AND i.indisvalid AND i.indpred IS NULL \
         AND i.indexprs IS NULL AND k.place <= i.indnkeyatts \
         ORDER BY c.relname, i.indexrelid, k.place",
        of(space, tables)
    )
}

/// Rows of texts; what is null is empty.
fn texts<const N: usize>(rows: Vec<Texts>) -> impl Iterator<Item = [String; N]> {
    rows.into_iter().filter_map(|row| {
        let row: Vec<_> = row.into_iter().map(Option::unwrap_or_default).collect();
        row.try_into().ok()
    })
}
