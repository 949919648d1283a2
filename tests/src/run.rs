//! Runs and what to expect of them.

use connector_runtime::report::{Report, RowCounts, Status};
use connector_runtime::{Connector, Error};

use crate::database::Database;
use crate::server::Server;

/// Loads everything that `connector` finds on `server` into `database`.
pub async fn run(connector: &impl Connector, server: &Server, database: &Database) -> Report {
    connector.sync().base_url(server.url()).destination(database.destination()).run().await
}

/// As [`run`], one request after the other: for tests that look at the requests in their order.
pub async fn run_in_order(
    connector: &impl Connector,
    server: &Server,
    database: &Database,
) -> Report {
    let run = connector.sync().base_url(server.url()).destination(database.destination());
    run.max_concurrency(1).run().await
}

/// Counts of a load that came to its end.
pub fn counts(received: u64, inserted: u64, updated: u64, unchanged: u64) -> RowCounts {
    assert_eq!(received, inserted + updated + unchanged, "every row has one fate");
    let mut counts = RowCounts::default();
    counts.received = received;
    counts.inserted = inserted;
    counts.updated = updated;
    counts.unchanged = unchanged;
    counts
}

/// The counts of the only resource of a run that is done.
///
/// # Panics
///
/// When it is not done.
pub fn done(report: &Report) -> RowCounts {
    assert!(report.is_done(), "{report:?}");
    assert_eq!(report.resources.len(), 1);
    report.resources[0].rows
}

/// The error of the only resource of a run that failed.
///
/// # Panics
///
/// When it did not fail.
pub fn failed(report: &Report) -> &Error {
    assert!(report.error.is_none(), "{report:?}");
    let resource = &report.resources[0];
    assert_eq!(resource.status, Status::Failed, "{report:?}");
    let rows = resource.rows;
    assert!(rows.adds_up(), "every received row is accounted for: {rows:?}");
    resource.error.as_ref().expect("a failed resource has an error")
}

/// Every phrase is in the text.
///
/// # Panics
///
/// When one is not.
pub fn assert_says(text: impl ToString, phrases: &[&str]) {
    let text = text.to_string();
    for phrase in phrases {
        assert!(text.contains(phrase), "expected {phrase:?} in:\n{text}");
    }
}
