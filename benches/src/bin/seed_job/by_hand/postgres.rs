//! PostgreSQL: binary `COPY` into temporary tables, one merge at the end, one transaction.

use std::pin::pin;

use bytes::{BufMut, BytesMut};
use connector_runtime::prelude::Timestamp;
use futures_util::SinkExt;
use tokio_postgres::{Client, NoTls, Statement};

use super::{listed, or_update, pages};
use connector_benches::{Cells, Result, Shape, Table, Type};

/// Bytes of a table that are sent at once.
const CHUNK: usize = 1 << 20;
/// Signature, flags and length of the extension (PostgreSQL, "COPY", binary format).
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// Microseconds from 1970 to 2000, where PostgreSQL begins to count.
const EPOCH: i64 = 946_684_800_000_000;

pub(crate) async fn load<S: Shape>(url: &str, database: &str) -> Result<()> {
    let (client, connection) = tokio_postgres::connect(database, NoTls).await?;
    let driver = tokio::spawn(connection);
    merge::<S>(url, &client).await?;
    drop(client);
    driver.await??;
    Ok(())
}

async fn merge<S: Shape>(url: &str, client: &Client) -> Result<()> {
    let schema = S::NAME;
    let begin = format!(
        "CREATE SCHEMA IF NOT EXISTS {schema}; SET search_path TO {schema}; {} BEGIN; {}",
        S::TABLES.iter().map(create).collect::<String>(),
        S::TABLES.iter().map(create_stage).collect::<String>(),
    );
    client.batch_execute(&begin).await?;
    let mut copies = Vec::new();
    for table in S::TABLES {
        let sql = format!("COPY stage_{} FROM STDIN BINARY", table.name);
        copies.push(client.prepare(&sql).await?);
    }
    let mut stages = Stages::new(S::TABLES);
    pages::<S>(url, async |rows| {
        rows.iter().try_for_each(|row| S::put(row, &mut stages))?;
        stages.send(client, &copies, CHUNK).await
    })
    .await?;
    stages.send(client, &copies, HEADER.len() + 1).await?;
    let merges: String = S::TABLES.iter().map(|table| carry(table, &S::TABLES[0])).collect();
    client.batch_execute(&format!("{merges} COMMIT")).await?;
    Ok(())
}

fn columns(table: &Table) -> String {
    let column = |(name, of): &(&str, Type)| {
        let of = match of {
            Type::Int => "bigint",
            Type::Float => "double precision",
            Type::Flag => "boolean",
            Type::Text => "text",
            Type::Instant => "timestamptz",
        };
        format!("{name} {of}")
    };
    table.columns.iter().map(column).collect::<Vec<_>>().join(", ")
}

fn create(table: &Table) -> String {
    let key = if table.columns[0].0 == "id" { "id" } else { "_parent_id, _index" };
    let columns = columns(table);
    format!("CREATE TABLE IF NOT EXISTS {} ({columns}, PRIMARY KEY ({key}));", table.name)
}

fn create_stage(table: &Table) -> String {
    format!("CREATE TEMP TABLE stage_{} ({}) ON COMMIT DROP;", table.name, columns(table))
}

/// From its stage into the table. The row of a key is left alone where it is the same; those of its lists are
/// deleted and inserted.
fn carry(table: &Table, parents: &Table) -> String {
    let (name, names) = (table.name, listed(table, str::to_owned));
    let insert = format!("INSERT INTO {name} AS there ({names}) SELECT {names} FROM stage_{name}");
    match table.columns[0].0 {
        "id" => format!("{insert} {};", or_update(table, "IS DISTINCT FROM")),
        _ => {
            let parents = parents.name;
            format!(
                "DELETE FROM {name} WHERE _parent_id IN (SELECT id FROM stage_{parents}); {insert};"
            )
        }
    }
}

/// What is on its way to each table.
struct Stages {
    tables: &'static [Table],
    buffers: Vec<BytesMut>,
    table: usize,
    /// Of the row that is put.
    result: Result<()>,
}

impl Stages {
    fn new(tables: &'static [Table]) -> Self {
        let buffers = tables.iter().map(|_| BytesMut::from(HEADER)).collect();
        Self { tables, buffers, table: 0, result: Ok(()) }
    }

    /// Sends what has come together for tables that have at least so many bytes.
    async fn send(&mut self, client: &Client, copies: &[Statement], least: usize) -> Result<()> {
        for (buffer, copy) in self.buffers.iter_mut().zip(copies) {
            if buffer.len() < least {
                continue;
            }
            buffer.put_i16(-1);
            let mut sink = pin!(client.copy_in(copy).await?);
            sink.send(buffer.split().freeze()).await?;
            sink.finish().await?;
            buffer.put_slice(HEADER);
        }
        Ok(())
    }

    #[inline]
    fn cell<T, const N: usize>(&mut self, value: Option<T>, bytes: fn(T) -> [u8; N]) {
        match value {
            Some(value) => self.bytes(&bytes(value)),
            None => self.buffers[self.table].put_i32(-1),
        }
    }

    #[inline]
    fn bytes(&mut self, bytes: &[u8]) {
        let buffer = &mut self.buffers[self.table];
        buffer.put_i32(bytes.len() as i32);
        buffer.put_slice(bytes);
    }
}

impl Cells for Stages {
    fn begin(&mut self, table: usize) {
        self.table = table;
        self.buffers[table].put_i16(self.tables[table].columns.len() as i16);
    }

    fn int(&mut self, value: impl Into<Option<i64>>) {
        self.cell(value.into(), i64::to_be_bytes);
    }

    fn float(&mut self, value: impl Into<Option<f64>>) {
        self.cell(value.into(), f64::to_be_bytes);
    }

    fn flag(&mut self, value: impl Into<Option<bool>>) {
        self.cell(value.into(), |flag| [u8::from(flag)]);
    }

    fn text<'a, T: AsRef<str> + 'a>(&mut self, value: impl Into<Option<&'a T>>) {
        match value.into() {
            Some(text) => self.bytes(text.as_ref().as_bytes()),
            None => self.buffers[self.table].put_i32(-1),
        }
    }

    fn instant<'a, T: AsRef<str> + 'a>(&mut self, value: impl Into<Option<&'a T>>) {
        let parsed = value.into().map(|text| text.as_ref().parse::<Timestamp>()).transpose();
        match parsed {
            Ok(instant) => self.int(instant.map(|instant| instant.as_microsecond() - EPOCH)),
            Err(error) => self.result = Err(error.into()),
        }
    }

    fn end(&mut self) -> Result<()> {
        std::mem::replace(&mut self.result, Ok(()))
    }
}
