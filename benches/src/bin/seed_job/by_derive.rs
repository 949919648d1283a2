//! The job as a user of this project writes it: the connector is that of the README.

use connector_runtime::destination::Sqlite;
use connector_runtime::{Connector, Secret};
use connector_tests::ExampleApi;

use crate::{KEY, Result};

pub(crate) fn load(url: &str, database: &str) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let api = ExampleApi { api_key: Secret::new(KEY) };
    let run = api.sync().base_url(url).destination(Sqlite::file(database)).run();
    runtime.block_on(run).into_result()?;
    Ok(())
}
