//! The job as a good programmer writes it without a framework: typed rows that borrow from the
//! page, one prepared upsert, one transaction.

use std::borrow::Cow;
use std::ops::Deref;
use std::time::Duration;

use rusqlite::Connection;
use serde::Deserialize;

use crate::{KEY, Result};

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    data: Vec<Row<'a>>,
    total: u64,
}

#[derive(Deserialize)]
struct Row<'a> {
    id: i64,
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    value: Option<f64>,
}

const LIMIT: u64 = 100;
const RETRIES: u32 = 3;

pub(crate) fn load(url: &str, database: &str) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let client = reqwest::Client::new();
    let connection = Connection::open(database)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS resource_name (id INTEGER PRIMARY KEY, name TEXT, value REAL);
         BEGIN IMMEDIATE",
    )?;
    let mut upsert = connection.prepare(
        "INSERT INTO resource_name (id, name, value) VALUES (?1, ?2, ?3)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, value = excluded.value",
    )?;
    let mut offset = 0;
    loop {
        let page = format!("{url}/v1/resource?offset={offset}&limit={LIMIT}&api_key={KEY}");
        let body = runtime.block_on(get(&client, &page))?;
        let page: Page<'_> = serde_json::from_slice(&body)?;
        for row in &page.data {
            upsert.execute((row.id, &row.name, row.value))?;
        }
        offset += page.data.len() as u64;
        if page.data.is_empty() || offset >= page.total {
            break;
        }
    }
    drop(upsert);
    connection.execute_batch("COMMIT")?;
    Ok(())
}

async fn get(client: &reqwest::Client, url: &str) -> Result<impl Deref<Target = [u8]> + use<>> {
    for attempt in 0.. {
        let sent = client.get(url).send().await.and_then(reqwest::Response::error_for_status);
        match sent {
            Ok(response) => return Ok(response.bytes().await?),
            Err(error) if attempt == RETRIES => return Err(error.into()),
            Err(_) => tokio::time::sleep(Duration::from_secs(1 << attempt)).await,
        }
    }
    unreachable!("the retries are limited")
}
