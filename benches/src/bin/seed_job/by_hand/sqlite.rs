//! SQLite: prepared statements, one transaction. The row of a key is left alone where it is the same; those of
//! its lists are deleted and inserted.

use rusqlite::{Connection, Statement, ToSql};

use super::{listed, or_update, pages};
use connector_benches::{Cells, Result, Shape, Table, Type};

pub(crate) async fn load<S: Shape>(url: &str, database: &str) -> Result<()> {
    let connection = Connection::open(database)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    for table in S::TABLES {
        connection.execute_batch(&create(table))?;
    }
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let inserts = S::TABLES.iter().map(|table| connection.prepare(&insert(table)));
    let mut inserts = Inserts::new(inserts.collect::<Result<_, _>>()?);
    let deletes = S::TABLES[1..].iter().map(|table| {
        connection.prepare(&format!("DELETE FROM {} WHERE _parent_id = ?1", table.name))
    });
    let mut deletes = deletes.collect::<Result<Vec<_>, _>>()?;
    pages::<S>(url, async |rows| {
        for row in rows {
            for delete in &mut deletes {
                delete.execute([S::id(row)])?;
            }
            S::put(row, &mut inserts)?;
        }
        Ok(())
    })
    .await?;
    drop((inserts, deletes));
    connection.execute_batch("COMMIT")?;
    Ok(())
}

fn create(table: &Table) -> String {
    let is_list = table.columns[0].0 != "id";
    let columns: Vec<_> = table.columns.iter().map(|(name, of)| column(name, *of)).collect();
    let columns = columns.join(", ");
    let (key, kind) = match is_list {
        true => ("_parent_id, _index", "WITHOUT ROWID"),
        false => ("id", ""),
    };
    format!("CREATE TABLE IF NOT EXISTS {} ({columns}, PRIMARY KEY ({key})) {kind}", table.name)
}

fn column(name: &str, of: Type) -> String {
    let of = match of {
        Type::Int | Type::Flag => "INTEGER",
        Type::Float => "REAL",
        Type::Text | Type::Instant => "TEXT",
    };
    format!("{name} {of}")
}

fn insert(table: &Table) -> String {
    let (names, marks) = (listed(table, str::to_owned), listed(table, |_| "?".to_owned()));
    let conflict = match table.columns[0].0 {
        "id" => or_update(table, "IS NOT"),
        _ => String::new(),
    };
    format!("INSERT INTO {} AS there ({names}) VALUES ({marks}) {conflict}", table.name)
}

/// A statement for each table.
struct Inserts<'c> {
    statements: Vec<Statement<'c>>,
    table: usize,
    bound: usize,
    /// Of the row that is bound.
    result: rusqlite::Result<()>,
}

impl<'c> Inserts<'c> {
    fn new(statements: Vec<Statement<'c>>) -> Self {
        Self { statements, table: 0, bound: 0, result: Ok(()) }
    }

    #[inline]
    fn bind(&mut self, value: impl ToSql) {
        self.bound += 1;
        let bound = self.statements[self.table].raw_bind_parameter(self.bound, value);
        if bound.is_err() {
            self.result = bound;
        }
    }
}

impl Cells for Inserts<'_> {
    fn begin(&mut self, table: usize) {
        (self.table, self.bound) = (table, 0);
    }

    fn int(&mut self, value: impl Into<Option<i64>>) {
        self.bind(value.into());
    }

    fn float(&mut self, value: impl Into<Option<f64>>) {
        self.bind(value.into());
    }

    fn flag(&mut self, value: impl Into<Option<bool>>) {
        self.bind(value.into());
    }

    fn text<'a, T: AsRef<str> + 'a>(&mut self, value: impl Into<Option<&'a T>>) {
        self.bind(value.into().map(AsRef::as_ref));
    }

    fn instant<'a, T: AsRef<str> + 'a>(&mut self, value: impl Into<Option<&'a T>>) {
        self.text(value);
    }

    fn end(&mut self) -> Result<()> {
        std::mem::replace(&mut self.result, Ok(()))?;
        self.statements[self.table].raw_execute()?;
        Ok(())
    }
}
