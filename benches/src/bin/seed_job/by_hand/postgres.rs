//! PostgreSQL: binary `COPY` into a temporary table, one merge at the end, one transaction.

use std::pin::pin;

use bytes::{BufMut, BytesMut};
use futures_util::SinkExt;
use tokio_postgres::{Client, NoTls};

use super::{Row, pages};
use connector_benches::Result;

/// Bytes that are sent at once.
const CHUNK: usize = 64 << 10;
/// Signature, flags and length of the extension (PostgreSQL, "COPY", binary format).
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

pub(crate) async fn load(url: &str, database: &str) -> Result<()> {
    let (client, connection) = tokio_postgres::connect(database, NoTls).await?;
    let driver = tokio::spawn(connection);
    merge(url, &client).await?;
    drop(client);
    driver.await??;
    Ok(())
}

async fn merge(url: &str, client: &Client) -> Result<()> {
    client
        .batch_execute(
            "CREATE SCHEMA IF NOT EXISTS example_api;
             CREATE TABLE IF NOT EXISTS example_api.resource_name (id bigint PRIMARY KEY, name text, value double precision);
             BEGIN;
             CREATE TEMP TABLE stage (id bigint, name text, value double precision) ON COMMIT DROP;",
        )
        .await?;
    let mut sink = pin!(client.copy_in("COPY stage FROM STDIN BINARY").await?);
    let mut buffer = BytesMut::from(HEADER);
    pages(url, async |page| {
        page.data.iter().for_each(|row| put(&mut buffer, row));
        if buffer.len() >= CHUNK {
            sink.send(buffer.split().freeze()).await?;
        }
        Ok(())
    })
    .await?;
    buffer.put_i16(-1);
    sink.send(buffer.split().freeze()).await?;
    sink.finish().await?;
    client
        .batch_execute(
            "INSERT INTO example_api.resource_name AS there SELECT id, name, value FROM stage
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, value = excluded.value
             WHERE there.name IS DISTINCT FROM excluded.name OR there.value IS DISTINCT FROM excluded.value;
             COMMIT",
        )
        .await?;
    Ok(())
}

fn put(buffer: &mut BytesMut, row: &Row<'_>) {
    buffer.put_i16(3);
    buffer.put_i32(8);
    buffer.put_i64(row.id);
    match &row.name {
        Some(name) => {
            buffer.put_i32(name.len() as i32);
            buffer.put_slice(name.as_bytes());
        }
        None => buffer.put_i32(-1),
    }
    match row.value {
        Some(value) => {
            buffer.put_i32(8);
            buffer.put_f64(value);
        }
        None => buffer.put_i32(-1),
    }
}
