//! Protocols of data platforms: the same engine, with messages on standard output in the place of a
//! database. `docs/protocols.md` is the page for people.
//!
//! - [`airbyte`]: the Airbyte protocol.
//! - [`singer`]: the Singer specification.

#[cfg(feature = "airbyte")]
pub mod airbyte;
mod settings;
#[cfg(feature = "singer")]
pub mod singer;
mod sink;
mod states;

pub use crate::output::Output;

use jiff::Timestamp;
use tokio::task::JoinHandle;

use crate::error::Error;
use crate::report::Report;
use crate::run::Run;
use crate::spec::{ConnectorSpec, ResourceSpec};

/// The resources that are streams: those with rows of their own.
fn streams(connector: &'static ConnectorSpec) -> impl Iterator<Item = &'static ResourceSpec> {
    connector.resources.iter().copied().filter(|spec| spec.store)
}

/// Whether what is remembered spares a resource something: it has a cursor, or is read for the rows of
/// a resource that has one.
fn is_incremental(connector: &'static ConnectorSpec, spec: &ResourceSpec) -> bool {
    let parent = || {
        let name = spec.parent?.resource;
        connector.resources.iter().find(|other| other.name == name)
    };
    spec.incremental.is_some() || parent().is_some_and(|parent| is_incremental(connector, parent))
}

/// The report of a run that was not begun.
fn unread(connector: &ConnectorSpec, error: Option<Error>) -> Report {
    Report { error: error.map(Error::advised), ..Report::begun(connector.name, Timestamp::now()) }
}

/// Until when the last lines of a run are waited for.
struct Patience(JoinHandle<()>);

impl Patience {
    /// With a run that begins now.
    fn new(run: &Run) -> Self {
        Self(tokio::spawn(run.overdue()))
    }

    /// Waits until everything is written. A run that was told to stop has no more time for it than for
    /// the rest: whoever reads may have stalled, with the pipe open and full.
    async fn finish(mut self, output: &Output) {
        tokio::select! {
            biased;
            // that nobody reads is in the report, unless these were the last lines
            _ = output.finish() => {}
            _ = &mut self.0 => {}
        }
    }
}

impl Drop for Patience {
    fn drop(&mut self) {
        self.0.abort();
    }
}
