//! PostgreSQL passes.

use connector_runtime::destination::{BoxFuture, Destination, Postgres};
use connector_runtime::testing::conformance::{Harness, Selected, Values};
use connector_runtime::value::LogicalType;
use connector_tests::{PgDatabase, Row, postgres, rows};

/// The schema of all connectors: a reader would not know which of them a table is of.
const DATASET: &str = "Suite";

struct Database(PgDatabase);

fn harness() -> Option<Database> {
    postgres().map(Database)
}

connector_runtime::conformance_tests!(harness);

impl Database {
    async fn query(&self, sql: &str) -> Vec<Row> {
        rows(&self.0.url(), sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    async fn texts(&self, sql: &str) -> Vec<String> {
        self.query(sql).await.into_iter().flatten().flatten().collect()
    }
}

impl Harness for Database {
    fn destination(&self) -> Box<dyn Destination> {
        let destination = Postgres::new(&self.0.url()).expect("a URL");
        Box::new(destination.dataset(DATASET))
    }

    fn tables(&self) -> BoxFuture<'_, Vec<String>> {
        Box::pin(async move {
            let of = format!("table_schema = '{DATASET}' AND table_type = 'BASE TABLE'");
            let from = "SELECT table_name FROM information_schema.tables";
            self.texts(&format!("{from} WHERE {of}")).await
        })
    }

    fn columns<'a>(&'a self, table: &'a str) -> BoxFuture<'a, Vec<String>> {
        Box::pin(async move {
            let of = format!("table_schema = '{DATASET}' AND table_name = '{table}'");
            let from = "SELECT column_name FROM information_schema.columns";
            self.texts(&format!("{from} WHERE {of} ORDER BY ordinal_position")).await
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
            let names: Vec<_> = columns.iter().map(written).collect();
            let from = format!("\"{DATASET}\".\"{table}\"");
            let found = self.query(&format!("SELECT {} FROM {from}", names.join(", "))).await;
            let text = |(value, column): (Option<String>, &Selected<'_>)| {
                let number = |text: String| match column.ty {
                    LogicalType::F32 => {
                        format!("{:?}", f64::from(text.parse::<f32>().expect("a number")))
                    }
                    LogicalType::F64 => format!("{:?}", text.parse::<f64>().expect("a number")),
                    _ => text,
                };
                value.map(number)
            };
            let rows =
                found.into_iter().map(|row| row.into_iter().zip(columns).map(text).collect());
            rows.collect()
        })
    }
}

/// An expression whose text is as the suite wants it.
fn written(column: &Selected<'_>) -> String {
    let name = format!("\"{}\"", column.name);
    match column.ty {
        LogicalType::Bool => format!("{name}::text"),
        LogicalType::Bytes => format!("encode({name}, 'hex')"),
        LogicalType::Time => format!("to_char({name}, 'HH24:MI:SS.US')"),
        LogicalType::Timestamp => {
            format!("to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
        }
        _ => name,
    }
}
