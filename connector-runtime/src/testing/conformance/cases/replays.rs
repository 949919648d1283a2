//! Rows of an earlier load that did not fit, loaded after all.

use super::super::bench::{Bench, counts};
use super::super::direct::{Direct, NONE, Worked, loads};
use crate::destination::{RejectId, Wanted};
use crate::report::{RowCounts, Status};
use crate::value::LogicalType;

#[derive(connector_runtime::Connector)]
#[connector(
    name = "conformance",
    base_url = "https://api.example.com",
    resources(Item, Entry, Version, Nested)
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
#[resource(path = "/entries", name = "entries")]
struct Entry {
    id: i64,
    text: Option<String>,
}

#[derive(connector_runtime::Resource)]
#[resource(path = "/versions", name = "versions", strategy = scd2)]
struct Version {
    #[column(primary_key)]
    id: i64,
    text: String,
}

#[derive(connector_runtime::Resource)]
#[resource(path = "/nested", name = "nested", write_disposition = append)]
struct Nested {
    #[column(primary_key)]
    id: i64,
    tags: Vec<String>,
}

fn item(id: i64, text: &str) -> Item {
    Item { id, text: text.to_owned() }
}

fn entry(id: i64) -> Entry {
    Entry { id, text: None }
}

async fn open(bench: &Bench) -> Direct {
    Direct::open(bench.harness.destination(), loads::<Api>()).await.worked()
}

/// A load with so many rows that do not fit; its number.
async fn reject<R: crate::value::Resource>(bench: &Bench, rows: usize) -> i64 {
    let mut run = open(bench).await;
    let load_id = run.has_begun(R::SPEC.name).await;
    for _ in 0..rows {
        run.reject::<R>("7", NONE).await.worked();
    }
    run.end(R::SPEC.name, Status::Done, NONE).await.worked();
    load_id
}

fn ids(load_id: i64, rows: &[u64]) -> Vec<RejectId> {
    rows.iter().map(|row| RejectId { load_id, page: 1, row: *row }).collect()
}

/// The rows of rejects that are there.
async fn left(bench: &Bench) -> Vec<String> {
    bench
        .select("_connector_rejects", &[("resource", LogicalType::Text), ("row", LogicalType::I64)])
        .await
}

pub(super) async fn rejects_go_with_rows_that_are_merged(bench: Bench) {
    let of = reject::<Item>(&bench, 3).await;
    let other = reject::<Entry>(&bench, 1).await;
    assert_ne!(of, other);
    let mut run = open(&bench).await;
    run.replays("items", of);
    run.has_begun("items").await;
    let counts = run.settle(&[item(1, "a"), item(3, "c")], ids(of, &[1, 3])).await.worked();
    assert_eq!(counts.inserted, 2);
    assert_eq!(left(&bench).await, ["entries|1", "items|2"]);
    // one that the filter has left out brings no row
    run.settle::<Item>(&[], ids(of, &[2])).await.worked();
    assert_eq!(left(&bench).await, ["entries|1"]);
    run.end("items", Status::Done, NONE).await.worked();
    assert_eq!(bench.select("items", &[("id", LogicalType::I64)]).await, ["1", "3"]);
}

pub(super) async fn rejects_go_with_rows_that_wait(bench: Bench) {
    let of = reject::<Entry>(&bench, 4).await;
    let mut run = open(&bench).await;
    run.replays("entries", of);
    run.has_begun("entries").await;
    run.settle(&[entry(1)], ids(of, &[1])).await.worked();
    assert_eq!(left(&bench).await.len(), 4, "the row is not there yet");
    run.publish("entries", NONE).await.worked();
    assert_eq!(left(&bench).await, ["entries|2", "entries|3", "entries|4"]);
    run.settle(&[entry(2), entry(3)], ids(of, &[2, 3])).await.worked();
    run.end("entries", Status::Done, NONE).await.worked();
    assert_eq!(left(&bench).await, ["entries|4"]);
    assert_eq!(bench.select("entries", &[("id", LogicalType::I64)]).await, ["1", "2", "3"]);
}

pub(super) async fn rejects_stay_where_nothing_is_published(bench: Bench) {
    let of = reject::<Entry>(&bench, 1).await;
    for status in [Status::Failed, Status::Interrupted] {
        let mut run = open(&bench).await;
        run.replays("entries", of);
        run.has_begun("entries").await;
        run.settle(&[entry(1)], ids(of, &[1])).await.worked();
        run.end("entries", status, NONE).await.worked();
        assert_eq!(left(&bench).await, ["entries|1"]);
    }
    // nor where a load is given up in the middle
    let mut run = open(&bench).await;
    run.replays("entries", of);
    run.has_begun("entries").await;
    run.settle(&[entry(1)], ids(of, &[1])).await.worked();
    drop(run);
    assert_eq!(left(&bench).await, ["entries|1"]);
    assert_eq!(bench.select("entries", &[("id", LogicalType::I64)]).await, [""; 0]);
}

pub(super) async fn what_is_newer_stays(bench: Bench) {
    let mut run = open(&bench).await;
    run.has_begun("items").await;
    run.write(&[item(1, "old"), item(2, "old")], NONE).await.worked();
    run.end("items", Status::Done, NONE).await.worked();
    let of = reject::<Item>(&bench, 3).await;
    let mut run = open(&bench).await;
    run.has_begun("items").await;
    run.write(&[item(2, "new")], NONE).await.worked();
    run.end("items", Status::Done, NONE).await.worked();
    let mut run = open(&bench).await;
    run.replays("items", of);
    run.has_begun("items").await;
    let rows = [item(1, "of then"), item(2, "of then"), item(3, "of then")];
    let counts = run.settle(&rows, ids(of, &[1, 2, 3])).await.worked();
    assert_eq!(counts, RowCounts { received: 0, ..counts!(inserted: 1, updated: 1, unchanged: 1) });
    run.end("items", Status::Done, NONE).await.worked();
    let columns = [("id", LogicalType::I64), ("text", LogicalType::Text)];
    assert_eq!(bench.select("items", &columns).await, ["1|of then", "2|new", "3|of then"]);
    assert!(left(&bench).await.is_empty());
}

pub(super) async fn the_latest_of_several_rejects_stays(bench: Bench) {
    let mut loads = [0; 3];
    for of in &mut loads {
        *of = reject::<Item>(&bench, 2).await;
    }
    let [first, second, third] = loads;
    // in whichever order, and in one load the one that comes last
    for (of, rows, expected) in [
        (second, &["2a", "2b"][..], "2b"),
        (third, &["3"], "3"),
        (first, &["1"], "3"),
        (second, &["2c"], "3"),
    ] {
        let mut run = open(&bench).await;
        run.replays("items", of);
        run.has_begun("items").await;
        for text in rows {
            run.settle(&[item(1, text)], Vec::new()).await.worked();
        }
        run.end("items", Status::Done, NONE).await.worked();
        let there = bench.select("items", &[("text", LogicalType::Text)]).await;
        assert_eq!(there, [expected], "after load {of} of {loads:?}");
    }
    // rows are as old as the load that they came with
    let ids = bench.select("items", &[("_load_id", LogicalType::I64)]).await;
    assert_eq!(ids, [third.to_string()]);
}

pub(super) async fn what_was_appended_since_is_not_appended_again(bench: Bench) {
    let mut run = open(&bench).await;
    run.has_begun("entries").await;
    run.write(&[entry(1)], NONE).await.worked();
    run.end("entries", Status::Done, NONE).await.worked();
    let of = reject::<Entry>(&bench, 4).await;
    let mut run = open(&bench).await;
    run.has_begun("entries").await;
    run.write(&[entry(2)], NONE).await.worked();
    run.end("entries", Status::Done, NONE).await.worked();
    let mut run = open(&bench).await;
    run.replays("entries", of);
    run.has_begun("entries").await;
    // what is alike and older is another row, and so are two that are alike themselves
    let rows = [entry(1), entry(2), entry(3), entry(3)];
    let mut counts = run.settle(&rows, ids(of, &[1, 2, 3, 4])).await.worked();
    counts = counts + run.end("entries", Status::Done, NONE).await.worked();
    assert_eq!((counts.inserted, counts.unchanged), (3, 1));
    let rows = bench.select("entries", &[("id", LogicalType::I64)]).await;
    assert_eq!(rows, ["1", "1", "2", "3", "3"]);
    assert!(left(&bench).await.is_empty());
}

pub(super) async fn a_version_that_is_newer_stays(bench: Bench) {
    let version = |id, text: &str| Version { id, text: text.to_owned() };
    let mut run = open(&bench).await;
    run.has_begun("versions").await;
    run.write(&[version(1, "old"), version(2, "old")], NONE).await.worked();
    run.end("versions", Status::Done, NONE).await.worked();
    let of = reject::<Version>(&bench, 2).await;
    let mut run = open(&bench).await;
    run.has_begun("versions").await;
    run.write(&[version(2, "new")], NONE).await.worked();
    run.end("versions", Status::Done, NONE).await.worked();
    let mut run = open(&bench).await;
    run.replays("versions", of);
    run.has_begun("versions").await;
    run.settle(&[version(1, "of then"), version(2, "of then")], ids(of, &[1, 2])).await.worked();
    let counts = run.end("versions", Status::Done, NONE).await.worked();
    assert_eq!((counts.updated, counts.unchanged), (1, 1));
    let columns = [("id", LogicalType::I64), ("text", LogicalType::Text)];
    let rows = bench.select("versions", &columns).await;
    assert_eq!(rows, ["1|of then", "1|old", "2|new", "2|old"]);
}

pub(super) async fn children_come_with_their_rows(bench: Bench) {
    let nested =
        |id, tags: &[&str]| Nested { id, tags: tags.iter().map(|tag| (*tag).to_owned()).collect() };
    let of = reject::<Nested>(&bench, 2).await;
    let mut run = open(&bench).await;
    run.has_begun("nested").await;
    run.write(&[nested(1, &["a", "b"])], NONE).await.worked();
    run.end("nested", Status::Done, NONE).await.worked();
    let mut run = open(&bench).await;
    run.replays("nested", of);
    run.has_begun("nested").await;
    let rows = [nested(1, &["a", "b"]), nested(2, &["c"])];
    run.settle(&rows, ids(of, &[1, 2])).await.worked();
    let counts = run.end("nested", Status::Done, NONE).await.worked();
    assert_eq!((counts.inserted, counts.unchanged), (1, 1));
    assert_eq!(bench.select("nested", &[("id", LogicalType::I64)]).await, ["1", "2"]);
    let tags = bench.select("nested__tags", &[("value", LogicalType::Text)]).await;
    assert_eq!(tags, ["a", "b", "c"]);
    let wanted = Wanted::new("conformance", 1);
    let kept = bench.harness.destination().stored_rejects(&wanted, None).await.worked();
    assert_eq!(kept, Some(Vec::new()));
}
