//! The job as a user of this project writes it: the connector is that of the README.

use connector_runtime::{Connector, Secret, destination};
use connector_tests::ExampleApi;

use connector_benches::Result;

use crate::KEY;

pub(crate) async fn load(url: &str, database: &str) -> Result<()> {
    let api = ExampleApi { api_key: Secret::new(KEY) };
    let destination = destination::from_text(database)?;
    api.sync().base_url(url).boxed_destination(destination).run().await.into_result()?;
    Ok(())
}
