//! Tables that are there already: whether they can take the rows.

use rusqlite::{OptionalExtension, Transaction};

use super::sql;
use super::worker::explain;
use crate::destination::Load;
use crate::error::{Error, ErrorKind, Result};
use crate::schema::LOAD_ID;
use crate::spec::WriteDisposition;

/// A column that a table has.
struct Existing {
    name: String,
    ty: String,
    not_null: bool,
    has_default: bool,
    in_key: bool,
}

/// What does not fit, and the statements that would mend it.
#[derive(Default)]
struct Findings {
    problems: Vec<String>,
    statements: Vec<String>,
}

/// Whether the table of a load is there.
///
/// # Errors
///
/// When it is there and cannot take the rows: with everything that is wrong and what to run.
pub(super) fn check(transaction: &Transaction<'_>, load: &Load) -> Result<bool> {
    let table = load.resource;
    let kind: Option<(String, bool)> = transaction
        .query_row(sql::TABLE_KIND, [table], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
        .map_err(explain)?;
    let Some((kind, without_rowid)) = kind else { return Ok(false) };
    let mut findings = Findings::default();
    if kind != "table" {
        findings.problems.push(format!("it is a {kind}"));
    } else if without_rowid {
        findings.problems.push("it is `WITHOUT ROWID`: SQLite does not count its rows".to_owned());
    } else {
        let existing = existing_columns(transaction, table)?;
        findings.compare(load, &existing);
        findings.surplus(load, &existing);
        if load.write.disposition == WriteDisposition::Append
            && is_unique(transaction, load, &existing)?
        {
            let problem = "it has a primary key or unique index, and appended rows may be alike";
            findings.problems.push(problem.to_owned());
        }
    }
    findings.into_result(table).map(|()| true)
}

fn existing_columns(transaction: &Transaction<'_>, table: &str) -> Result<Vec<Existing>> {
    let mut statement = transaction.prepare(sql::TABLE_COLUMNS).map_err(explain)?;
    let rows = statement.query_map([table], |row| {
        Ok(Existing {
            name: row.get(0)?,
            ty: row.get(1)?,
            not_null: row.get(2)?,
            has_default: row.get(3)?,
            in_key: row.get::<_, i64>(4)? > 0,
        })
    });
    rows.and_then(Iterator::collect).map_err(explain)
}

/// Whether two rows of the table cannot be alike.
fn is_unique(transaction: &Transaction<'_>, load: &Load, existing: &[Existing]) -> Result<bool> {
    let indexes: i64 = transaction
        .query_row(sql::UNIQUE_INDEXES, [load.resource], |row| row.get(0))
        .map_err(explain)?;
    Ok(indexes > 0 || existing.iter().any(|column| column.in_key))
}

impl Findings {
    /// The columns that the rows have.
    fn compare(&mut self, load: &Load, existing: &[Existing]) {
        let table = sql::quote(load.resource);
        let wanted = load.tables.root().columns.iter().map(|column| {
            (column.name.as_str(), sql::type_name(column.ty), !column.nullable, column.primary_key)
        });
        let keyed = load.write.disposition != WriteDisposition::Append;
        for (name, ty, not_null, key) in wanted.chain([(LOAD_ID, "INTEGER", true, false)]) {
            let same = |found: &&Existing| found.name.eq_ignore_ascii_case(name);
            let Some(found) = existing.iter().find(same) else {
                self.problems.push(format!("it has no column `{name}`"));
                let default = match (not_null, ty) {
                    (false, _) => "",
                    (true, "INTEGER" | "REAL") => " NOT NULL DEFAULT 0",
                    (true, _) => " NOT NULL DEFAULT ''",
                };
                let name = sql::quote(name);
                let statement = format!("ALTER TABLE {table} ADD COLUMN {name} {ty}{default};");
                self.statements.push(statement);
                continue;
            };
            if !found.ty.eq_ignore_ascii_case(ty) {
                self.problems.push(format!("its column `{name}` is {}, not {ty}", found.ty));
            } else if found.not_null && !not_null {
                self.problems.push(format!("its column `{name}` takes no null"));
            }
            if keyed && found.in_key != key {
                let (is, must) = if key { ("is not", "must be") } else { ("is", "must not be") };
                self.problems
                    .push(format!("its column `{name}` {is} part of the primary key, but {must}"));
            }
        }
    }

    /// Columns that the rows do not have.
    fn surplus(&mut self, load: &Load, existing: &[Existing]) {
        for found in existing {
            let same = |name: &str| name.eq_ignore_ascii_case(&found.name);
            let known = same(LOAD_ID) || load.tables.root().columns.iter().any(|column| same(&column.name));
            if !known && found.not_null && !found.has_default {
                let name = &found.name;
                self.problems.push(format!(
                    "its column `{name}` must have a value, and nothing gives it one"
                ));
            }
        }
    }

    fn into_result(self, table: &str) -> Result<()> {
        let Self { problems, statements } = self;
        if problems.is_empty() {
            return Ok(());
        }
        let help = match statements.len() == problems.len() {
            true => statements.join(" "),
            false => format!(
                "to keep the old table: `ALTER TABLE {} RENAME TO {};`, then run again",
                sql::quote(table),
                sql::quote(&format!("{table}_old"))
            ),
        };
        let message = format!("table `{table}` does not fit: {}", problems.join("; "));
        Err(Error::new(ErrorKind::Destination, message).with_resource(table).with_help(help))
    }
}
