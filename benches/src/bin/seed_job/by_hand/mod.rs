//! The job as a good programmer writes it without a framework: typed rows that borrow from the
//! page, and the fastest way into the database that its manual knows.

pub(crate) mod postgres;
pub(crate) mod sqlite;

use std::borrow::Cow;
use std::ops::Deref;
use std::time::Duration;

use serde::Deserialize;

use connector_benches::Result;

use crate::KEY;

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

/// Hands every page to `take`, in order.
async fn pages(url: &str, mut take: impl AsyncFnMut(&Page<'_>) -> Result<()>) -> Result<()> {
    let client = reqwest::Client::new();
    let mut offset = 0;
    loop {
        let page = format!("{url}/v1/resource?offset={offset}&limit={LIMIT}&api_key={KEY}");
        let body = get(&client, &page).await?;
        let page: Page<'_> = serde_json::from_slice(&body)?;
        take(&page).await?;
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
