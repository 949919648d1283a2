//! Resources that are read for others only: no table, but everything else.

use super::super::bench::Bench;
use super::super::direct::{Direct, NONE, Worked, loads, state};
use crate::connector::Connector;
use crate::destination::States;
use crate::report::{RowCounts, Status};
use crate::value::LogicalType;

/// One that would be merged, and one whose rows would wait.
#[derive(connector_runtime::Connector)]
#[connector(name = "conformance", base_url = "https://api.example.com", resources(Parent, Feed))]
struct Api {}

#[derive(connector_runtime::Resource)]
#[resource(path = "/parents", name = "parents")]
struct Parent {
    #[column(primary_key)]
    id: i64,
    tags: Vec<String>,
}

#[derive(connector_runtime::Resource)]
#[resource(path = "/feed", name = "feed")]
struct Feed {
    id: i64,
}

/// Opens with tables, or without.
async fn open<C: Connector>(bench: &Bench, store: bool) -> Direct {
    let mut loads = loads::<C>();
    loads.iter_mut().for_each(|load| load.store = store);
    let direct = Direct::open(bench.harness.destination(), loads).await;
    direct.unwrap_or_else(|error| panic!("{error}"))
}

pub(super) async fn has_states_rejects_and_a_log(bench: Bench) {
    let mut run = open::<Api>(&bench, false).await;
    let none = RowCounts::default();
    for resource in ["parents", "feed"] {
        run.has_begun(resource).await;
    }
    assert_eq!(run.write::<Parent>(&[], [("a", state(1))]).await.worked(), none);
    assert_eq!(run.reject::<Parent>("{}", [("a", state(2))]).await.worked(), none);
    // nothing waits, whatever becomes of rows that are stored
    assert_eq!(run.write::<Feed>(&[], [("a", state(3))]).await.worked(), none);
    assert_eq!(run.states("feed", States::Beginning("")).await.worked(), [("a".to_owned(), 3)]);
    assert_eq!(run.publish("feed", [("b", state(4))]).await.worked(), none);
    assert_eq!(run.end("feed", Status::Failed, [("c", state(5))]).await.worked(), none);
    assert_eq!(run.end("parents", Status::Done, [("", state(2))]).await.worked(), none);
    let states = [("resource", LogicalType::Text), ("partition", LogicalType::Text)];
    let found = bench.select("_connector_state", &states).await;
    assert_eq!(found, ["feed|a", "feed|b", "feed|c", "parents|", "parents|a"]);
    let rejects = [("resource", LogicalType::Text), ("raw", LogicalType::Json)];
    assert_eq!(bench.select("_connector_rejects", &rejects).await, ["parents|{}"]);
    let log = [("resource", LogicalType::Text), ("status", LogicalType::Text)];
    assert_eq!(bench.select("_connector_loads", &log).await, ["feed|failed", "parents|done"]);
}

pub(super) async fn makes_no_table(bench: Bench) {
    let mut run = open::<Api>(&bench, false).await;
    run.has_begun("parents").await;
    run.end("parents", Status::Done, NONE).await.worked();
    let unstored = &loads::<Api>()[0];
    let destination = bench.harness.destination();
    assert_ne!(destination.ddl(unstored), "", "with a table there is something to make");
    let mut unstored = unstored.clone();
    unstored.store = false;
    assert_eq!(destination.ddl(&unstored), "");
    let tables = bench.harness.tables().await;
    let made = |name: &str| tables.iter().any(|table| table == name);
    assert!(!made("parents") && !made("parents__tags") && !made("feed"), "{tables:?}");
}

/// A table of this name is that of the connector which stores it, whoever else reads such a resource.
pub(super) async fn is_no_table_of_another_connector(bench: Bench) {
    #[derive(connector_runtime::Connector)]
    #[connector(name = "another", base_url = "https://api.example.com", resources(Parent))]
    struct Another {}

    async fn load<C: Connector>(bench: &Bench, store: bool) {
        let mut run = open::<C>(bench, store).await;
        run.has_begun("parents").await;
        run.write::<Parent>(&[], [("", state(1))]).await.worked();
        run.end("parents", Status::Done, NONE).await.worked();
    }

    load::<Another>(&bench, false).await;
    load::<Api>(&bench, true).await;
    load::<Another>(&bench, false).await;
    load::<Api>(&bench, true).await;
    let refused = Direct::open(bench.harness.destination(), loads::<Another>()).await;
    let error = refused.err().unwrap_or_else(|| panic!("the table is that of another connector"));
    assert!(error.to_string().contains("`conformance`"), "{error}");
}
