//! The Singer specification: the program is a tap.
//!
//! ```no_run
//! # use connector_runtime::prelude::*;
//! # #[derive(Connector)]
//! # #[connector(base_url = "https://api.example.com", resources(Item))]
//! # struct Api {}
//! # #[derive(Resource)]
//! # #[resource(path = "/items")]
//! # struct Item { #[column(primary_key)] id: i64 }
//! use connector_runtime::protocol::{Output, singer};
//!
//! # async fn example(state: &str) -> connector_runtime::Result<()> {
//! let catalog = singer::Catalog::everything::<Api>();
//! let state = singer::Bookmarks::parse(state)?;
//! let output = Output::new(std::io::stdout())?;
//! let report = singer::sync(Api {}.sync(), catalog, state, output).await;
//! # Ok(())
//! # }
//! ```

mod about;
mod catalog;
mod messages;
mod selection;
mod state;

pub(crate) use about::about;
pub use catalog::discover;
pub(crate) use catalog::discovered;
pub use selection::Catalog;
pub use state::Bookmarks;

use super::sink::Sink;
use super::{Output, Patience, unread};
use crate::report::Report;
use crate::run::Run;
use messages::Singer;

/// Runs a sync whose rows become `RECORD` messages, behind the `SCHEMA` of their stream and before a
/// `STATE` that covers them. The catalog chooses streams and properties; the run's own choice and its
/// destination do not count.
#[must_use = "a report may hold errors"]
pub async fn sync(run: Run, catalog: Catalog, state: Bookmarks, output: Output) -> Report {
    let connector = catalog.connector;
    match catalog.streams(state) {
        // no name at all would mean all resources
        Ok((streams, _)) if streams.is_empty() => unread(connector, None),
        Ok((streams, others)) => {
            let names: Vec<_> = streams.keys().copied().collect();
            let sink = Sink::new(Singer::new(others), streams, output.clone());
            let patience = Patience::new(&run);
            let report = run.resources(names).destination(sink).run().await;
            patience.finish(&output).await;
            report
        }
        Err(error) => unread(connector, Some(error)),
    }
}
