//! One sync, and what it should have left.

use connector_benches::{Database, Result};
use connector_runtime::destination;
use connector_runtime::prelude::*;

use crate::api;

/// An API whose rows are others in each round.
#[derive(Connector)]
#[connector(
    name = "soak",
    base_url = "https://api.example.com",
    headers("x-round" = config.round),
    retry(max_retries = 10, initial_delay = "1ms", max_delay = "10ms"),
    resource_defaults(data_selector = "data", paginator = offset(limit = 100)),
    resources(Item, Event),
)]
struct Soak {
    /// Which one.
    round: i64,
}

/// Read as a whole; its table is replaced.
#[derive(Resource)]
#[resource(name = "items", path = "/items", write_disposition = replace)]
struct Item {
    #[column(primary_key)]
    id: i64,
    name: String,
    value: i64,
    tags: Vec<Tag>,
}

/// In a table of its own.
#[derive(Record)]
struct Tag {
    name: String,
}

/// Only what has changed is read.
#[derive(Resource)]
#[resource(
    name = "events",
    path = "/events",
    incremental(cursor = updated_at, start_param = "since", row_order = asc),
)]
struct Event {
    #[column(primary_key)]
    id: i64,
    amount: i64,
    updated_at: Timestamp,
}

/// Requests, and how many of them were tries after others that came to nothing.
#[derive(Default)]
pub(crate) struct Requests {
    pub(crate) all: u64,
    pub(crate) retries: u64,
}

/// Syncs once and looks at what is there then. `full`: nothing is remembered.
pub(crate) async fn sync(
    url: &str,
    database: &Database,
    round: i64,
    full: bool,
) -> Result<Requests> {
    let run = Soak { round }.sync().base_url(url);
    let run = if full { run.full_refresh() } else { run };
    let destination = destination::from_text(&database.text()?)?;
    let report = run.boxed_destination(destination).run().await.into_result()?;
    let mut requests = Requests::default();
    for resource in &report.resources {
        requests.all += resource.traffic.requests;
        requests.retries += resource.traffic.retries;
    }
    let sums = "SELECT count(*), sum(value), (SELECT count(*) FROM items__tags), \
        (SELECT count(*) FROM events), (SELECT sum(amount) FROM events) FROM items";
    let (found, expected) = (database.row("soak", sums)?, api::expected(round));
    match found == expected {
        true => Ok(requests),
        false => Err(format!("round {round}: {found:?} is there, not {expected:?}").into()),
    }
}
