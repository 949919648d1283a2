//! The job as a user of this project writes it.

use connector_runtime::destination::Sqlite;
use connector_runtime::prelude::*;

use crate::{KEY, Result};

/// The example API.
#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = api_key(name = "api_key", location = query, value = api_key),
    retry(max_retries = 3, backoff_factor = 2, statuses = [429, 500, 502, 503, 504]),
    resources(ResourceName),
)]
struct ExampleApi {
    /// Key from the account page.
    api_key: Secret,
}

/// One row of `GET /v1/resource`.
#[derive(Resource)]
#[resource(
    path = "/v1/resource",
    data_selector = "data",
    paginator = offset(limit = 100),
    write_disposition = merge,
)]
#[allow(dead_code, reason = "the rows go into the table")]
struct ResourceName {
    #[column(primary_key)]
    id: i64,
    name: Option<String>,
    value: Option<f64>,
}

pub(crate) fn load(url: &str, database: &str) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let api = ExampleApi { api_key: Secret::new(KEY) };
    let run = api.sync().base_url(url).destination(Sqlite::file(database)).run();
    runtime.block_on(run).into_result()?;
    Ok(())
}
