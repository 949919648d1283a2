//! Several loads at once on one destination.

use super::super::bench::{Bench, counts};
use super::super::direct::{Direct, NONE, Worked, loads, state};
use crate::destination::States;
use crate::error::ErrorKind;
use crate::report::{RowCounts, Status};
use crate::value::LogicalType;

#[derive(connector_runtime::Connector)]
#[connector(
    name = "conformance",
    base_url = "https://api.example.com",
    resources(Item, Other, Entry, Deleted)
)]
struct Api {}

#[derive(connector_runtime::Resource)]
#[resource(path = "/items", name = "items")]
struct Item {
    #[column(primary_key)]
    id: i64,
    text: String,
}

#[derive(connector_runtime::Resource)]
#[resource(path = "/others", name = "others")]
struct Other {
    #[column(primary_key)]
    id: i64,
    text: String,
}

#[derive(connector_runtime::Resource)]
#[resource(path = "/entries", name = "entries")]
struct Entry {
    id: i64,
    text: String,
}

#[derive(connector_runtime::Resource)]
#[resource(path = "/deleted", name = "deleted")]
struct Deleted {
    #[column(primary_key)]
    id: i64,
    text: String,
    #[column(hard_delete)]
    gone: bool,
}

fn item(id: i64, text: &str) -> Item {
    Item { id, text: text.to_owned() }
}

fn other(id: i64, text: &str) -> Other {
    Other { id, text: text.to_owned() }
}

fn entry(id: i64, text: &str) -> Entry {
    Entry { id, text: text.to_owned() }
}

fn deleted(id: i64, text: &str, gone: bool) -> Deleted {
    Deleted { id, text: text.to_owned(), gone }
}

async fn open(bench: &Bench) -> Direct {
    let direct = Direct::open(bench.harness.destination(), loads::<Api>()).await;
    direct.unwrap_or_else(|error| panic!("{error}"))
}

async fn rows(bench: &Bench, table: &str) -> Vec<String> {
    bench.select(table, &[("id", LogicalType::I64), ("text", LogicalType::Text)]).await
}

pub(super) async fn several_at_once(bench: Bench) {
    let mut run = open(&bench).await;
    let id = run.has_begun("items").await;
    assert_eq!(id, run.load_id());
    run.write(&[item(1, "a")], [("", state(1))]).await.worked();
    // one load has written before another begins
    assert_eq!(run.has_begun("entries").await, id, "one number for all of a run");
    assert_eq!(run.has_begun("deleted").await, id);
    run.write(&[entry(1, "a"), entry(1, "a")], [("", state(2))]).await.worked();
    run.write(&[deleted(1, "a", false), deleted(2, "b", false)], [("", state(2))]).await.worked();
    run.write(&[item(1, "b"), item(2, "b")], [("", state(3))]).await.worked();
    run.write(&[entry(2, "b")], [("", state(3))]).await.worked();
    let ended = run.end("items", Status::Done, [("", state(3))]).await.worked();
    assert_eq!(ended, RowCounts::default());
    // one ends, and others go on
    let gone = run.write(&[deleted(1, "a", true)], [("", state(3))]).await.worked();
    assert_eq!(RowCounts { received: 1, ..gone }, counts!(deleted: 1));
    assert_eq!(rows(&bench, "entries").await, [""; 0]);
    let ended = run.end("entries", Status::Done, [("", state(3))]).await.worked();
    assert_eq!(ended.inserted, 3);
    run.end("deleted", Status::Done, [("", state(3))]).await.worked();
    assert_eq!(rows(&bench, "items").await, ["1|b", "2|b"]);
    assert_eq!(rows(&bench, "entries").await, ["1|a", "1|a", "2|b"]);
    assert_eq!(rows(&bench, "deleted").await, ["2|b"]);
    let log = [
        ("resource", LogicalType::Text),
        ("load_id", LogicalType::I64),
        ("status", LogicalType::Text),
        ("received", LogicalType::I64),
        ("inserted", LogicalType::I64),
        ("updated", LogicalType::I64),
        ("deleted", LogicalType::I64),
    ];
    assert_eq!(
        bench.select("_connector_loads", &log).await,
        [
            format!("deleted|{id}|done|3|2|0|1"),
            format!("entries|{id}|done|3|3|0|0"),
            format!("items|{id}|done|3|2|1|0"),
        ]
    );
}

/// Also where a destination counts by what its database reports, and where keys come twice.
pub(super) async fn each_counts_its_own_rows(bench: Bench) {
    let mut run = open(&bench).await;
    run.has_begun("items").await;
    run.has_begun("others").await;
    let of = |counts: RowCounts| (counts.inserted, counts.updated, counts.unchanged);
    for (text, first, second) in
        [("a", (2, 0, 0), (1, 0, 1)), ("a", (0, 0, 2), (0, 0, 2)), ("b", (0, 2, 0), (0, 1, 1))]
    {
        let items = [item(1, text), item(2, text)];
        assert_eq!(of(run.write(&items, NONE).await.worked()), first, "{text}");
        let others = [other(1, text), other(1, text)];
        assert_eq!(of(run.write(&others, NONE).await.worked()), second, "{text}");
    }
    run.end("others", Status::Done, NONE).await.worked();
    let last = run.write(&[item(1, "c"), item(3, "c")], NONE).await.worked();
    assert_eq!(of(last), (1, 1, 0));
    run.end("items", Status::Done, NONE).await.worked();
    assert_eq!(rows(&bench, "items").await, ["1|c", "2|b", "3|c"]);
    assert_eq!(rows(&bench, "others").await, ["1|b"]);
}

pub(super) async fn one_that_failed_leaves_the_others_alone(bench: Bench) {
    let mut run = open(&bench).await;
    run.has_begun("items").await;
    run.has_begun("entries").await;
    run.write(&[item(1, "a")], [("", state(1))]).await.worked();
    run.write(&[entry(1, "a")], [("", state(1))]).await.worked();
    run.end("entries", Status::Failed, NONE).await.worked();
    run.write(&[item(2, "a")], [("", state(2))]).await.worked();
    run.end("items", Status::Done, [("", state(2))]).await.worked();
    assert_eq!(rows(&bench, "items").await, ["1|a", "2|a"]);
    assert_eq!(rows(&bench, "entries").await, [""; 0]);
    // what has ended can begin again
    run.has_begun("entries").await;
    run.write(&[entry(2, "b")], [("", state(1))]).await.worked();
    run.end("entries", Status::Done, NONE).await.worked();
    assert_eq!(rows(&bench, "entries").await, ["2|b"]);
}

pub(super) async fn calls_out_of_order_are_errors(bench: Bench) {
    let mut run = open(&bench).await;
    run.has_begun("items").await;
    let whole = [String::new()];
    for error in [
        run.write(&[other(1, "a")], NONE).await.err(),
        run.states("others", States::Of(&whole)).await.err(),
        run.publish("others", NONE).await.err(),
        run.end("others", Status::Done, NONE).await.err(),
        run.begin("items").await.err(),
    ] {
        let error = error.unwrap_or_else(|| panic!("no error"));
        assert_eq!(error.kind(), ErrorKind::Internal, "{error}");
        assert!(error.to_string().contains("BUG"), "{error}");
    }
    // the load that was begun goes on
    run.write(&[item(1, "a")], [("", state(1))]).await.worked();
    run.end("items", Status::Done, NONE).await.worked();
    assert_eq!(rows(&bench, "items").await, ["1|a"]);
    assert!(run.end("items", Status::Done, NONE).await.is_err(), "it has ended");
}
