//! The Airbyte protocol: what a source says to `spec`, `check`, `discover` and `read`.
//!
//! ```no_run
//! # use connector_runtime::prelude::*;
//! # #[derive(Connector)]
//! # #[connector(base_url = "https://api.example.com", resources(Item))]
//! # struct Api {}
//! # #[derive(Resource)]
//! # #[resource(path = "/items")]
//! # struct Item { #[column(primary_key)] id: i64 }
//! use connector_runtime::protocol::{Output, airbyte};
//!
//! # async fn example(catalog: &str, state: &str) -> connector_runtime::Result<()> {
//! let catalog = airbyte::ConfiguredCatalog::parse::<Api>(catalog)?;
//! let state = airbyte::StateFile::parse(state)?;
//! let output = Output::new(std::io::stdout())?;
//! let report = airbyte::read(Api {}.sync(), catalog, state, output).await;
//! # Ok(())
//! # }
//! ```

mod catalog;
mod files;
mod logging;
mod messages;
mod spec;

pub use catalog::discover;
pub(crate) use catalog::discovered;
pub use files::{ConfiguredCatalog, StateFile};
pub(crate) use logging::Log;
pub(crate) use messages::{connection_status, trace_error};
pub use spec::spec;
pub(crate) use spec::specified;

use super::sink::Sink;
use super::{Output, Patience, unread};
use crate::report::{Complaints, Report, Status};
use crate::run::Run;
use messages::{Airbyte, log, stream_status};

/// Runs a sync whose rows become `RECORD` messages, with a `STATE` behind those that it covers, statuses
/// of the streams, and a `TRACE` for each error. The catalog chooses the resources and the mode of each;
/// the run's own choice and its destination do not count.
///
/// What goes wrong is in the report, too.
#[must_use = "a report may hold errors"]
pub async fn read(
    run: Run,
    catalog: ConfiguredCatalog,
    state: StateFile,
    output: Output,
) -> Report {
    let connector = catalog.connector;
    let patience = Patience::new(&run);
    let report = match catalog.streams(state) {
        // no name at all would mean all resources
        Ok(streams) if streams.is_empty() => unread(connector, None),
        Ok(streams) => {
            let names: Vec<_> = streams.keys().copied().collect();
            let sink = Sink::new(Airbyte, streams, output.clone());
            run.resources(names).destination(sink).run().await
        }
        Err(error) => unread(connector, Some(error)),
    };
    for note in Complaints::of_report(&report).notes {
        output.say(log("INFO", &note));
    }
    for resource in &report.resources {
        if let Some(error) = &resource.error {
            output.say(trace_error(error));
        }
        if resource.stored && resource.status == Status::Skipped {
            output.say(stream_status(resource.resource, "INCOMPLETE"));
        }
    }
    if let Some(error) = &report.error {
        output.say(trace_error(error));
    }
    patience.finish(&output).await;
    report
}
