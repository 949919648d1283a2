//! What a run would find, asked for before it. A destination need not tell.

use super::super::bench::Bench;
use super::super::direct::{Direct, NONE, Worked, loads, state};
use crate::destination::{Destination, Diff, States};
use crate::report::{SchemaChange, Status};
use crate::value::LogicalType;

#[derive(connector_runtime::Connector)]
#[connector(name = "conformance", base_url = "https://api.example.com", resources(Item, Entry))]
struct Api {}

#[derive(connector_runtime::Resource)]
#[resource(path = "/items", name = "items")]
struct Item {
    #[column(primary_key)]
    id: i64,
    tags: Vec<String>,
}

#[derive(connector_runtime::Resource)]
#[resource(path = "/entries", name = "entries")]
struct Entry {
    id: i64,
}

/// By a destination that nobody has opened.
async fn diff(bench: &Bench) -> Option<Diff> {
    bench.harness.destination().diff(&loads::<Api>()).await.worked()
}

/// All states of a resource, if the destination tells of it: partitions and their rows.
async fn states(destination: &mut dyn Destination, resource: &str) -> Option<Vec<(String, u64)>> {
    let loads = loads::<Api>();
    let diff = destination.diff(&loads).await.worked()?;
    diff.remembered.iter().find(|one| one.resource == resource)?;
    let load = loads.iter().find(|load| load.resource == resource)?;
    let found = destination.states(load, States::Beginning("")).await.worked();
    let mut rows: Vec<_> = found.into_iter().map(|(at, state)| (at, state.rows)).collect();
    rows.sort();
    Some(rows)
}

fn told(changes: &[SchemaChange]) -> Vec<String> {
    let mut told: Vec<_> =
        changes.iter().map(|change| format!("{}: {}", change.table, change.change)).collect();
    told.sort();
    told
}

pub(super) async fn nothing_is_made(bench: Bench) {
    for _ in 0..2 {
        let mut destination = bench.harness.destination();
        for resource in ["items", "entries"] {
            let states = states(&mut *destination, resource).await.unwrap_or_default();
            assert_eq!(states, [], "nothing was ever loaded");
        }
        assert_eq!(bench.harness.tables().await, [""; 0]);
    }
    // and nobody who loads is in its way
    let mut destination = bench.harness.destination();
    states(&mut *destination, "items").await;
    let mut run = Direct::open(bench.harness.destination(), loads::<Api>()).await.worked();
    run.has_begun("items").await;
    states(&mut *destination, "items").await;
    run.write(&[Item { id: 1, tags: Vec::new() }], NONE).await.worked();
    run.end("items", Status::Done, NONE).await.worked();
}

pub(super) async fn tells_what_open_would_make(bench: Bench) {
    let Some(before) = diff(&bench).await else { return };
    let opened = bench.harness.destination().open(&loads::<Api>()).await.worked();
    assert_eq!(told(&before.changes), told(&opened.changes));
    assert!(!before.changes.is_empty());
    assert_eq!(diff(&bench).await.map(|after| after.changes), Some(Vec::new()));
}

pub(super) async fn leads_to_states_without_open(bench: Bench) {
    let mut run = Direct::open(bench.harness.destination(), loads::<Api>()).await.worked();
    run.has_begun("items").await;
    let came = [("[\"a\"]", state(1)), ("[\"b\"]", state(2)), ("", state(3))];
    run.write(&[Item { id: 1, tags: vec!["x".to_owned()] }], came).await.worked();
    run.end("items", Status::Done, NONE).await.worked();
    let loads = bench.select("_connector_loads", &[("load_id", LogicalType::I64)]).await;
    let Some(diff) = diff(&bench).await else { return };
    let known = diff.remembered.iter().find(|one| one.resource == "items");
    assert_eq!(known.map(|known| known.partitions), Some(2));
    let mut destination = bench.harness.destination();
    let expected = [("", 3), ("[\"a\"]", 1), ("[\"b\"]", 2)];
    let expected = expected.map(|(partition, rows)| (partition.to_owned(), rows));
    assert_eq!(states(&mut *destination, "items").await.as_deref(), Some(&expected[..]));
    assert!(states(&mut *destination, "entries").await.is_none_or(|states| states.is_empty()));
    // no load has begun by that
    assert_eq!(bench.select("_connector_loads", &[("load_id", LogicalType::I64)]).await, loads);
}
