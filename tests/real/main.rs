//! Servers that nobody here wrote, where somebody runs them: a second load asks for what has changed.
//!
//! ```sh
//! LOCALSTRIPE_URL=http://127.0.0.1:8420 LOCALSTRIPE_KEY=sk_test_12345 \
//! REDMINE_URL=http://127.0.0.1:3000 REDMINE_KEY=.. \
//!     cargo test -p connector-tests --test real -- --ignored --nocapture
//! ```
//!
//! They write to the server: it should be one to be thrown away.

mod client;
mod localstripe;
mod redmine;

use connector_runtime::Connector;
use connector_runtime::report::{Report, ResourceReport};
use connector_tests::Database;

/// Loads everything and prints what it took.
async fn load(connector: &impl Connector, database: &Database) -> Report {
    let report = connector.sync().destination(database.destination()).run().await;
    println!("{report}");
    assert!(report.is_done(), "{report:?}");
    report
}

fn of<'a>(report: &'a Report, resource: &str) -> &'a ResourceReport {
    report.resources.iter().find(|one| one.resource == resource).expect("a resource of this name")
}
