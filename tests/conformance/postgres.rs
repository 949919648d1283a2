//! PostgreSQL passes.

use connector_runtime::destination::{BoxFuture, Destination};
use connector_runtime::testing::conformance::{Harness, Selected, Values};
use connector_runtime::value::LogicalType;
use connector_tests::{PgDatabase, Row, postgres, rows};

/// The schema of all connectors: a reader would not know which of them a table is of.
const DATASET: &str = "Suite";

struct Postgres(PgDatabase);

fn harness() -> Option<Postgres> {
    postgres().map(Postgres)
}

connector_runtime::conformance_tests!(harness);

impl Postgres {
    /// Asks on a connection of its own, and waits for what is locked without being in the way.
    async fn query(&self, sql: &str) -> Vec<Row> {
        let found = rows(&self.0.url(), sql).await;
        found.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    async fn names(&self, sql: &str) -> Vec<String> {
        let rows = self.query(sql).await;
        rows.into_iter().filter_map(|mut row| row.pop().flatten()).collect()
    }
}

impl Harness for Postgres {
    fn destination(&self) -> Box<dyn Destination> {
        Box::new(self.0.destination(DATASET))
    }

    fn tables(&self) -> BoxFuture<'_, Vec<String>> {
        Box::pin(async move {
            let sql = format!("SELECT tablename FROM pg_tables WHERE schemaname = '{DATASET}'");
            self.names(&sql).await
        })
    }

    fn columns<'a>(&'a self, table: &'a str) -> BoxFuture<'a, Vec<String>> {
        Box::pin(async move {
            let sql = format!(
                "SELECT column_name FROM information_schema.columns
                 WHERE table_schema = '{DATASET}' AND table_name = '{table}'
                 ORDER BY ordinal_position"
            );
            self.names(&sql).await
        })
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
            let texts: Vec<_> = columns.iter().map(text).collect();
            let sql = format!("SELECT {} FROM \"{DATASET}\".\"{table}\"", texts.join(", "));
            let mut rows = self.query(&sql).await;
            for (at, column) in columns.iter().enumerate() {
                if matches!(column.ty, LogicalType::F32 | LogicalType::F64) {
                    rows.iter_mut().for_each(|row| row[at] = row[at].take().map(float));
                }
            }
            rows
        })
    }
}

/// The expression that writes a column as the suite reads it.
fn text(column: &Selected<'_>) -> String {
    let name = format!("\"{}\"", column.name);
    match column.ty {
        LogicalType::Bytes => format!("encode({name}, 'hex')"),
        LogicalType::Date => format!("to_char({name}, 'YYYY-MM-DD')"),
        LogicalType::F32 | LogicalType::F64 => format!("{name}::float8::text"),
        LogicalType::Time => format!("to_char({name}::interval, 'HH24:MI:SS.US')"),
        LogicalType::Timestamp => {
            format!("to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
        }
        _ => format!("{name}::text"),
    }
}

/// PostgreSQL writes `1` and `1e+300`.
fn float(text: String) -> String {
    let value: f64 = text.parse().unwrap_or_else(|_| panic!("no float: {text}"));
    format!("{value:?}")
}
