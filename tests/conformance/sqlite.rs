//! SQLite passes.

use connector_runtime::destination::{BoxFuture, Destination};
use connector_runtime::testing::conformance::{Harness, Selected, Values};
use connector_runtime::value::LogicalType;
use connector_tests::{Database, Folder};
use rusqlite::types::ValueRef;

struct Sqlite(Folder);

fn harness() -> Option<Sqlite> {
    Some(Sqlite(Folder::new()))
}

connector_runtime::conformance_tests!(harness);

impl Sqlite {
    fn database(&self) -> Database {
        self.0.database()
    }

    /// Rows of a query; none before there is a database.
    fn query<T>(
        &self,
        sql: &str,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Vec<T> {
        match self.database().path().exists() {
            true => self.database().query(sql, read),
            false => Vec::new(),
        }
    }
}

impl Harness for Sqlite {
    fn destination(&self) -> Box<dyn Destination> {
        Box::new(self.database().destination())
    }

    fn tables(&self) -> BoxFuture<'_, Vec<String>> {
        let sql = "SELECT name FROM sqlite_master WHERE type = 'table'";
        let names = self.query(sql, |row| row.get(0));
        Box::pin(std::future::ready(names))
    }

    fn columns<'a>(&'a self, table: &'a str) -> BoxFuture<'a, Vec<String>> {
        let sql = format!("SELECT name FROM pragma_table_info('{table}')");
        let names = self.query(&sql, |row| row.get(0));
        Box::pin(std::future::ready(names))
    }

    fn rows<'a>(
        &'a self,
        table: &'a str,
        columns: &'a [Selected<'a>],
    ) -> BoxFuture<'a, Vec<Values>> {
        Box::pin(async move {
            if !self.tables().await.iter().any(|name| name == table) {
                return Vec::new();
            }
            let names: Vec<_> =
                columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
            let sql = format!("SELECT {} FROM \"{table}\"", names.join(", "));
            self.query(&sql, |row| {
                let values = columns.iter().enumerate();
                values.map(|(at, column)| Ok(text(row.get_ref(at)?, column.ty))).collect()
            })
        })
    }
}

fn text(value: ValueRef<'_>, ty: LogicalType) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(0) if ty == LogicalType::Bool => Some("false".to_owned()),
        ValueRef::Integer(1) if ty == LogicalType::Bool => Some("true".to_owned()),
        ValueRef::Integer(integer) => Some(integer.to_string()),
        ValueRef::Real(real) => Some(format!("{real:?}")),
        ValueRef::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
    }
}
