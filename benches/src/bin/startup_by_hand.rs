//! The bare program that `startup` stands beside: one page, one row, into SQLite. The URL of the page and the path
//! of the file are its arguments.

use connector_benches::{Result, tell_peak};
use rusqlite::Connection;
use serde::Deserialize;

#[derive(Deserialize)]
struct Page {
    data: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    id: i64,
    name: Option<String>,
    value: Option<f64>,
    updated_at: String,
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [url, file] = &args[..] else { return Err("usage: startup_by_hand URL FILE".into()) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let body = runtime.block_on(async {
        reqwest::Client::new().get(url).send().await?.error_for_status()?.bytes().await
    })?;
    let page: Page = serde_json::from_slice(&body)?;
    let mut connection = Connection::open(file)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    let transaction = connection.transaction()?;
    transaction.execute_batch(
        "CREATE TABLE IF NOT EXISTS items
         (id INTEGER PRIMARY KEY, name TEXT, value REAL, updated_at TEXT)",
    )?;
    for row in page.data {
        transaction.execute(
            "INSERT INTO items (id, name, value, updated_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (id) DO UPDATE SET
             name = excluded.name, value = excluded.value, updated_at = excluded.updated_at",
            (row.id, row.name, row.value, row.updated_at),
        )?;
    }
    transaction.commit()?;
    tell_peak()
}
