//! Tables that are there already against those that the rows need: what is done about the
//! difference, or what a person would have to do.

use super::ddl::{self, Column};
use super::{Dialect, Space, system};
use crate::destination::{Load, Write};
use crate::error::{Error, ErrorKind, Result};
use crate::report::SchemaChange;
use crate::schema::{LOAD_ID, Table};
use crate::spec::{MergeStrategy, SchemaContract, WriteDisposition};
use crate::value::LogicalType;

/// A table as the database's catalog describes it.
#[derive(Debug, Default)]
pub(in crate::destination) struct Existing {
    /// Why it can take no rows at all, such as "it is a view".
    pub(in crate::destination) unusable: Option<String>,
    pub(in crate::destination) columns: Vec<ExistingColumn>,
    /// The columns of the primary key and of each unique index, without partial ones.
    pub(in crate::destination) unique: Vec<Vec<String>>,
    /// Columns in which texts that differ are taken for one, and by which collation.
    pub(in crate::destination) folded: Vec<(String, String)>,
}

/// A column as the database's catalog describes it.
#[derive(Debug)]
pub(in crate::destination) struct ExistingColumn {
    pub(in crate::destination) name: String,
    /// As [`Dialect::type_name`] would call it.
    pub(in crate::destination) ty: String,
    pub(in crate::destination) not_null: bool,
    /// Something gives it a value where a row does not.
    pub(in crate::destination) has_default: bool,
    /// The database itself gives it a value, whatever a row says.
    pub(in crate::destination) is_computed: bool,
}

/// What is to be done before the first row.
#[derive(Debug, Default)]
pub(in crate::destination) struct Migration {
    pub(in crate::destination) statements: Vec<String>,
    pub(in crate::destination) changes: Vec<SchemaChange>,
}

/// What a difference is and what it takes.
struct Difference {
    /// "it has no column `note`".
    problem: String,
    /// What mends it; `None`: nothing that could be told.
    statement: Option<String>,
    /// What was done, where it only adds.
    change: Option<String>,
}

/// Whether the table of the rows is not there, and a load goes by what is remembered of earlier ones: a refresh
/// forgets it.
///
/// # Errors
///
/// When there are lists of rows and no table of the rows.
pub(in crate::destination) fn begins<'e>(
    space: &Space,
    load: &Load,
    existing: impl Fn(&Table) -> Option<&'e Existing>,
) -> Result<bool> {
    let root = load.tables.root();
    if existing(root).is_some() {
        return Ok(false);
    }
    let lists = load.tables.children().iter().filter(|list| existing(list).is_some());
    match lists.collect::<Vec<_>>()[..] {
        [] => Ok(!load.write.replaces() && !load.write.refresh),
        ref lists => Err(without_rows(space, root, lists)),
    }
}

/// Compares the tables of a load with what is there.
///
/// # Errors
///
/// As [`compare`].
pub(in crate::destination) fn compare_all<'e>(
    space: &Space,
    load: &Load,
    existing: impl Fn(&Table) -> Option<&'e Existing>,
) -> Result<Migration> {
    let mut all = Migration::default();
    for table in load.tables.iter() {
        let one = compare(space, table, &load.write, existing(table))?;
        all.statements.extend(one.statements);
        all.changes.extend(one.changes);
    }
    if load.write.refresh && existing(load.tables.root()).is_none() {
        // it forgets them at its end; but it may not come to it, and the table is there then
        all.statements.push(system::forget(space, load));
    }
    Ok(all)
}

/// What is in them would be in the way of the lists to come.
fn without_rows(space: &Space, root: &Table, lists: &[&Table]) -> Error {
    let names: Vec<_> = lists.iter().map(|list| format!("`{}`", space.bare(&list.name))).collect();
    let problem = format!(
        "there is no table `{}`, but there are lists of its rows: {}",
        space.bare(&root.name),
        names.join(", ")
    );
    let renames: Vec<_> = lists.iter().map(|list| rename(space, list)).collect();
    let help = format!(
        "to keep them: `{}`, then run again; or drop them, if nothing else loads into them",
        renames.join(" ")
    );
    refuse(root, problem, help)
}

/// The statement that keeps a table and makes room for another.
fn rename(space: &Space, table: &Table) -> String {
    let old = space.name(&format!("{}_old", space.bare(&table.name)));
    format!("ALTER TABLE {} RENAME TO {old};", ddl::qualified(space, &table.name))
}

/// Compares a table with what is there.
///
/// # Errors
///
/// When it cannot take the rows as the contract allows: with everything that is wrong and what to
/// run.
pub(in crate::destination) fn compare(
    space: &Space,
    table: &Table,
    write: &Write,
    existing: Option<&Existing>,
) -> Result<Migration> {
    let freeze = write.schema_contract == SchemaContract::Freeze;
    let Some(existing) = existing else {
        let statements = ddl::create_table(space, table, write);
        if freeze {
            let problem = format!("there is no table `{}`", space.bare(&table.name));
            return Err(refuse(table, problem, frozen(&statements)));
        }
        let changes = vec![SchemaChange::new_table(space.bare(&table.name))];
        return Ok(Migration { statements, changes });
    };
    let differences = match &existing.unusable {
        Some(problem) => vec![Difference::problem(problem.clone())],
        None => differences(space, table, write, existing),
    };
    if differences.iter().any(|one| freeze || one.change.is_none()) {
        return Err(unfit(space, table, &differences));
    }
    let mut migration = Migration::default();
    for Difference { statement, change, .. } in differences {
        migration.statements.extend(statement);
        let change = change.map(|change| SchemaChange::new(space.bare(&table.name), change));
        migration.changes.extend(change);
    }
    Ok(migration)
}

fn unfit(space: &Space, table: &Table, differences: &[Difference]) -> Error {
    let problems: Vec<_> = differences.iter().map(|one| one.problem.as_str()).collect();
    let name = space.bare(&table.name);
    let problem = format!("table `{name}` does not fit: {}", problems.join("; "));
    let statements: Option<Vec<_>> = differences.iter().map(|one| one.statement.clone()).collect();
    let help = match statements {
        Some(statements) => frozen(&statements),
        None => format!("to keep the old table: `{}`, then run again", rename(space, table)),
    };
    refuse(table, problem, help)
}

fn refuse(table: &Table, problem: String, help: String) -> Error {
    Error::new(ErrorKind::Destination, problem).with_resource(&table.name).with_help(help)
}

/// What a person would run.
fn frozen(statements: &[String]) -> String {
    let all: Vec<_> = statements.iter().map(|statement| format!("{statement};")).collect();
    all.join(" ")
}

fn differences(
    space: &Space,
    table: &Table,
    write: &Write,
    existing: &Existing,
) -> Vec<Difference> {
    let wanted = ddl::columns(table, write);
    let key = ddl::key(table, write);
    let merge_key = match write.strategy {
        MergeStrategy::DeleteInsert { merge_key } => merge_key,
        _ => &[],
    };
    let mut found = Vec::new();
    for column in &wanted {
        let is_key = key.contains(&column.name);
        match existing.column(space, column.name) {
            None => found.push(absent(space, table, column, is_key)),
            Some(there) if there.is_computed => {
                let name = &there.name;
                let problem = format!("the database itself gives its column `{name}` a value");
                found.push(Difference::problem(problem));
            }
            Some(there) => found.extend(different(space, table, column, there)),
        }
        let finds = is_key || merge_key.contains(&column.name);
        found.extend(existing.folded(space, column.name).filter(|_| finds));
    }
    found.extend(uniqueness(space, table, write, existing, &key));
    for there in &existing.columns {
        let known = wanted.iter().any(|column| space.same(column.name, &there.name));
        if !known && there.not_null && !there.has_default {
            let name = &there.name;
            found.push(Difference {
                problem: format!("its column `{name}` must have a value, and nothing gives it one"),
                statement: drop_not_null(space, table, name),
                change: None,
            });
        }
    }
    found
}

/// A column that is not there is added, with null for the rows that are.
fn absent(space: &Space, table: &Table, column: &Column<'_>, is_key: bool) -> Difference {
    let (name, name_of_table) = (space.bare(column.name), ddl::qualified(space, &table.name));
    let ty = space.dialect.type_name(column.ty);
    let add = format!("ALTER TABLE {name_of_table} ADD COLUMN {} {ty}", space.name(column.name));
    let problem = format!("it has no column `{name}`");
    if column.name == LOAD_ID {
        // rows of no load
        let statement = Some(format!("{add} NOT NULL DEFAULT 0"));
        return Difference { problem, statement, change: None };
    }
    if is_key {
        return Difference::problem(problem);
    }
    Difference { problem, statement: Some(add), change: Some(format!("new column `{name}`")) }
}

/// Another type, or no null where null may come.
fn different(
    space: &Space,
    table: &Table,
    column: &Column<'_>,
    there: &ExistingColumn,
) -> Vec<Difference> {
    let mut found = Vec::new();
    let ty = space.dialect.type_name(column.ty);
    let (name, quoted) = (&there.name, super::quote(&there.name));
    if !there.ty.eq_ignore_ascii_case(ty) && !space.dialect.takes(&there.ty, column.ty) {
        let widens = space.dialect.widens(&there.ty, column.ty);
        found.push(Difference {
            problem: format!("its column `{name}` is {}, not {ty}", there.ty),
            statement: space.dialect.set_type(&ddl::qualified(space, &table.name), &quoted, ty),
            change: widens.then(|| format!("column `{name}` is {ty}, was {}", there.ty)),
        });
    }
    if there.not_null && column.nullable {
        let statement = drop_not_null(space, table, name);
        let change = statement.as_ref().map(|_| format!("column `{name}` takes null"));
        let problem = format!("its column `{name}` takes no null");
        found.push(Difference { problem, statement, change });
    }
    found
}

fn drop_not_null(space: &Space, table: &Table, column: &str) -> Option<String> {
    let (table, column) = (ddl::qualified(space, &table.name), super::quote(column));
    Some(format!("ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL"))
}

/// Rows are found by their key, which must be unique; appended rows may be alike, and a history has
/// many rows of one key.
fn uniqueness(
    space: &Space,
    table: &Table,
    write: &Write,
    existing: &Existing,
    key: &[&str],
) -> Vec<Difference> {
    let is_key = |unique: &&Vec<String>| {
        unique.len() == key.len()
            && key.iter().all(|name| unique.iter().any(|other| space.same(name, other)))
    };
    // the lists of a row are found by its key, with which their own begins
    let in_order = |unique: &&Vec<String>| {
        let places = || key.iter().zip(unique.iter());
        let fits = || places().all(|(name, other)| space.same(name, other));
        is_key(unique) && (table.parent.is_none() || !space.dialect.tells_order() || fits())
    };
    let mut found = Vec::new();
    if !key.is_empty() && existing.unique.iter().find(in_order).is_none() {
        let names = ddl::list(space, key.iter().copied());
        let plain: Vec<_> = key.iter().map(|name| format!("`{name}`")).collect();
        let index = space.name(&format!("{}_key", table.name));
        let order = match existing.unique.iter().any(|unique| is_key(&unique)) {
            true => " in this order",
            false => "",
        };
        found.push(Difference {
            problem: format!("it has no unique index on its key {}{order}", plain.join(", ")),
            statement: Some(format!(
                "CREATE UNIQUE INDEX {index} ON {} ({names})",
                ddl::qualified(space, &table.name)
            )),
            change: None,
        });
    }
    let repeats = write.disposition == WriteDisposition::Append
        || matches!(write.strategy, MergeStrategy::Scd2 { .. });
    // what a column of somebody else's makes unique does not concern our rows
    let of_ours = |unique: &&Vec<String>| {
        let ours = |column: &String| table.columns.iter().any(|own| space.same(&own.name, column));
        repeats && !is_key(unique) && unique.iter().all(ours)
    };
    for unique in existing.unique.iter().filter(of_ours) {
        let names: Vec<_> = unique.iter().map(|name| format!("`{name}`")).collect();
        let why = match write.disposition {
            WriteDisposition::Append => "appended rows may be alike",
            _ => "a history has several rows of one key",
        };
        found.push(Difference::problem(format!(
            "it has a primary key or unique index on {}, and {why}",
            names.join(", ")
        )));
    }
    found
}

impl Difference {
    fn problem(problem: String) -> Self {
        Self { problem, statement: None, change: None }
    }
}

impl Existing {
    fn column(&self, space: &Space, name: &str) -> Option<&ExistingColumn> {
        self.columns.iter().find(|column| space.same(name, &column.name))
    }

    /// What is wrong with a column by which rows are found, if its texts are folded.
    fn folded(&self, space: &Space, name: &str) -> impl Iterator<Item = Difference> {
        let folded = self.folded.iter().find(|(column, _)| space.same(name, column));
        let problem = folded.map(|(column, collation)| {
            format!(
                "its column `{column}` takes texts that differ for one key (`COLLATE {collation}`)"
            )
        });
        problem.map(Difference::problem).into_iter()
    }
}

impl Space {
    /// Whether the database knows a name of ours by this one. SQLite does not tell cases apart.
    fn same(&self, name: &str, there: &str) -> bool {
        let name = self.bare(name);
        match self.dialect {
            #[cfg(feature = "postgres")]
            Dialect::Postgres => name == there,
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => name.eq_ignore_ascii_case(there),
        }
    }
}

impl Dialect {
    /// Whether the catalog tells in which order an index has its columns.
    fn tells_order(self) -> bool {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres => false,
            #[cfg(feature = "sqlite")]
            Self::Sqlite => true,
        }
    }

    /// Whether a column of the type `there` holds every value of `wanted` as it is.
    fn takes(self, there: &str, wanted: LogicalType) -> bool {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres => {
                let wanted = self.type_name(wanted);
                wider(wanted).any(|wider| wider == there)
                    // decimals of any length are in a column that has no limit
                    || (there == "numeric" && wanted == "numeric(20,0)")
            }
            #[cfg(feature = "sqlite")]
            Self::Sqlite => {
                let _ = (there, wanted);
                false
            }
        }
    }

    /// Whether a column of the type `there` can become one of `wanted` and keep every value.
    fn widens(self, there: &str, wanted: LogicalType) -> bool {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres => wider(there).any(|wider| wider == self.type_name(wanted)),
            #[cfg(feature = "sqlite")]
            Self::Sqlite => {
                let _ = (there, wanted);
                false
            }
        }
    }

    /// The statement that gives a column another type; SQLite has none.
    fn set_type(self, table: &str, column: &str, ty: &str) -> Option<String> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres => Some(format!(
                "ALTER TABLE {table} ALTER COLUMN {column} TYPE {ty} USING {column}::{ty}"
            )),
            #[cfg(feature = "sqlite")]
            Self::Sqlite => {
                let _ = (table, column, ty);
                None
            }
        }
    }
}

/// The types that hold every value of a type.
#[cfg(feature = "postgres")]
fn wider(ty: &str) -> impl Iterator<Item = &'static str> {
    const INTEGERS: [&str; 5] = ["smallint", "integer", "bigint", "numeric(20,0)", "numeric"];
    const FLOATS: [&str; 2] = ["real", "double precision"];
    let after = |types: &'static [&'static str]| {
        types.iter().position(|other| *other == ty).map(|at| &types[at + 1..])
    };
    let wider = after(&INTEGERS).or_else(|| after(&FLOATS)).unwrap_or_default();
    wider.iter().copied()
}
