//! The job as a good programmer writes it without a framework: typed rows that borrow from the
//! page, and the fastest way into the database that its manual knows.

pub(crate) mod postgres;
pub(crate) mod sqlite;

use std::ops::Deref;
use std::time::Duration;

use connector_benches::{KEY, LIMIT, Page, Result, Shape, Table};

const RETRIES: u32 = 3;

/// Hands every page to `take`, in order.
async fn pages<S: Shape>(
    url: &str,
    mut take: impl AsyncFnMut(&[S::Borrowed<'_>]) -> Result<()>,
) -> Result<()> {
    let client = reqwest::Client::new();
    let mut offset = 0;
    loop {
        let page = format!("{url}/items?offset={offset}&limit={LIMIT}&api_key={KEY}");
        let body = get(&client, &page).await?;
        let page: Page<S::Borrowed<'_>> = serde_json::from_slice(&body)?;
        take(&page.data).await?;
        offset += page.data.len() as u64;
        if page.data.is_empty() || offset >= page.total {
            return Ok(());
        }
    }
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

/// A text for each column, with commas between.
fn listed(table: &Table, text: impl Fn(&str) -> String) -> String {
    table.columns.iter().map(|(name, _)| text(name)).collect::<Vec<_>>().join(", ")
}

/// `ON CONFLICT ..`: the row of the key takes the new values, unless they are its own. `differ` compares two.
fn or_update(table: &Table, differ: &str) -> String {
    let values = || table.columns[1..].iter().map(|(name, _)| name);
    let set: Vec<_> = values().map(|name| format!("{name} = excluded.{name}")).collect();
    let differ: Vec<_> =
        values().map(|name| format!("there.{name} {differ} excluded.{name}")).collect();
    format!("ON CONFLICT (id) DO UPDATE SET {} WHERE {}", set.join(", "), differ.join(" OR "))
}
