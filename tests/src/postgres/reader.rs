//! Rows as the texts that PostgreSQL writes.

use std::error::Error;

use tokio_postgres::{NoTls, SimpleQueryMessage};

/// The values of a row as PostgreSQL writes them; null is `None`.
pub type Row = Vec<Option<String>>;

/// Executes statements on a connection of their own and returns the rows they have.
///
/// # Errors
///
/// The server's message, when it refuses or cannot be reached.
pub async fn rows(url: &str, sql: &str) -> Result<Vec<Row>, String> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.map_err(message)?;
    let connection = tokio::spawn(connection);
    let found = client.simple_query(sql).await.map_err(message)?;
    drop(client);
    // a connection that goes on would keep the database from being dropped
    let _ = connection.await;
    let rows = found.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => {
            Some((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect())
        }
        _ => None,
    });
    Ok(rows.collect())
}

fn message(error: tokio_postgres::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
