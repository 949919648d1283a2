//! SQLite: one prepared upsert, one transaction.

use rusqlite::Connection;

use super::pages;
use connector_benches::Result;

pub(crate) async fn load(url: &str, database: &str) -> Result<()> {
    let connection = Connection::open(database)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS resource_name (id INTEGER PRIMARY KEY, name TEXT, value REAL);
         BEGIN IMMEDIATE",
    )?;
    let mut upsert = connection.prepare(
        "INSERT INTO resource_name AS there (id, name, value) VALUES (?1, ?2, ?3)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, value = excluded.value
         WHERE there.name IS NOT excluded.name OR there.value IS NOT excluded.value",
    )?;
    pages(url, async |page| {
        for row in &page.data {
            upsert.execute((row.id, &row.name, row.value))?;
        }
        Ok(())
    })
    .await?;
    drop(upsert);
    connection.execute_batch("COMMIT")?;
    Ok(())
}
