//! Calls a destination itself, as an engine does: two loads at once, of everything or of a part, one of
//! which publishes its rows as they come. Each goes on where its own state says.
//!
//! `direct-loads DESTINATION ROWS [2/4]`

use std::time::Duration;

use connector_runtime::destination::{Begun, Part, States, from_text};
use connector_runtime::prelude::*;
use connector_runtime::report::Status;
use connector_runtime::testing::conformance::direct::{Direct, NONE, Worked, loads, state};

/// Rows that are written together.
const BATCH: usize = 100;

#[derive(Connector)]
#[connector(name = "direct", base_url = "https://api.example.com", resources(Item, Entry))]
struct Api {}

#[derive(Resource)]
#[resource(path = "/items", name = "items")]
struct Item {
    #[column(primary_key)]
    id: i64,
    tags: Vec<String>,
}

#[derive(Resource)]
#[resource(path = "/entries", name = "entries")]
struct Entry {
    id: i64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    #[cfg(unix)]
    connector_tests::arm_fail_point();
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [destination, rows, part @ ..] = &arguments[..] else { panic!("DESTINATION ROWS [PART]") };
    let part = part.first().map(|text| {
        let (index, of) = text.split_once('/').expect("2/4");
        Part { index: index.parse().expect("2/4"), of: of.parse().expect("2/4") }
    });
    let ids = ids(rows.parse().expect("a number"), part);
    let partition = part.map(|part| format!("@{part}")).unwrap_or_default();

    let mut loads = loads::<Api>();
    loads.iter_mut().for_each(|load| load.part = part);
    let mut run = Direct::open(from_text(destination).worked(), loads).await.worked();
    let mut items = begin(&mut run, "items", &partition).await;
    let mut entries = begin(&mut run, "entries", &partition).await;
    let mut batches = 0;
    while items < ids.len() || entries < ids.len() {
        let batch = next(&ids, &mut items);
        let batch: Vec<_> = batch.iter().map(|&id| Item { id, tags: tags(id) }).collect();
        run.write(&batch, [(&*partition, state(items as u64))]).await.worked();
        let batch: Vec<_> = next(&ids, &mut entries).iter().map(|&id| Entry { id }).collect();
        run.write(&batch, [(&*partition, state(entries as u64))]).await.worked();
        batches += 1;
        if batches % 2 == 0 {
            run.publish("entries", NONE).await.worked();
        }
    }
    run.end("items", Status::Done, NONE).await.worked();
    run.end("entries", Status::Done, NONE).await.worked();
}

/// The rows of a part.
fn ids(rows: i64, part: Option<Part>) -> Vec<i64> {
    let Part { index, of } = part.unwrap_or(Part { index: 1, of: 1 });
    (0..rows).filter(|id| id % i64::from(of) == i64::from(index) - 1).collect()
}

fn tags(id: i64) -> Vec<String> {
    (0..id % 3).map(|at| format!("{id} {at}")).collect()
}

/// Begins a load as soon as nobody is in the way. Returns how many of its rows are there.
async fn begin(run: &mut Direct, resource: &str, partition: &str) -> usize {
    while let Begun::Busy(_) = run.begin(resource).await.worked() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let own = [partition.to_owned()];
    let states = run.states(resource, States::Of(&own)).await.worked();
    states.first().map_or(0, |(_, rows)| *rows as usize)
}

fn next<'a>(ids: &'a [i64], from: &mut usize) -> &'a [i64] {
    let batch = &ids[*from..ids.len().min(*from + BATCH)];
    *from += batch.len();
    batch
}
