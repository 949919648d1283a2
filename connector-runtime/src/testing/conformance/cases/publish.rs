//! Appended rows that are published before the end of their load.

use super::super::bench::Bench;
use super::super::direct::{Direct, NONE, Worked, loads, state};
use crate::destination::States;
use crate::error::ErrorKind;
use crate::report::{RowCounts, Status};
use crate::value::LogicalType;

#[derive(connector_runtime::Connector)]
#[connector(
    name = "conformance",
    base_url = "https://api.example.com",
    resources(Entry, Replaced, Merged)
)]
struct Api {}

/// Its key may come again.
#[derive(connector_runtime::Resource)]
#[resource(path = "/entries", name = "entries", write_disposition = append)]
struct Entry {
    #[column(primary_key)]
    id: i64,
    tags: Vec<String>,
}

#[derive(connector_runtime::Resource)]
#[resource(path = "/replaced", name = "replaced", write_disposition = replace)]
struct Replaced {
    id: i64,
}

#[derive(connector_runtime::Resource)]
#[resource(path = "/merged", name = "merged")]
struct Merged {
    #[column(primary_key)]
    id: i64,
}

fn entries(ids: impl IntoIterator<Item = i64>) -> Vec<Entry> {
    let entry = |id| Entry { id, tags: (0..id % 3).map(|at| format!("{id} {at}")).collect() };
    ids.into_iter().map(entry).collect()
}

async fn begin(bench: &Bench, resource: &str) -> Direct {
    let direct = Direct::open(bench.harness.destination(), loads::<Api>()).await;
    let mut direct = direct.unwrap_or_else(|error| panic!("{error}"));
    direct.has_begun(resource).await;
    direct
}

async fn ids(bench: &Bench, table: &str) -> Vec<String> {
    bench.select(table, &[("id", LogicalType::I64)]).await
}

/// Status, and counts of what is visible, of each load.
async fn log(bench: &Bench) -> Vec<String> {
    let columns = [
        ("status", LogicalType::Text),
        ("received", LogicalType::I64),
        ("inserted", LogicalType::I64),
    ];
    bench.select("_connector_loads", &columns).await
}

pub(super) async fn shows_what_is_there_so_far(bench: Bench) {
    let mut run = begin(&bench, "entries").await;
    run.write(&entries([1, 2]), NONE).await.worked();
    run.write(&entries([3]), NONE).await.worked();
    assert_eq!(ids(&bench, "entries").await, [""; 0]);
    assert_eq!(run.publish("entries", NONE).await.worked().inserted, 3);
    assert_eq!(ids(&bench, "entries").await, ["1", "2", "3"]);
    assert_eq!(log(&bench).await, ["running|3|3"]);
    // the load goes on, and nothing comes twice
    run.write(&entries([3, 4]), NONE).await.worked();
    assert_eq!(ids(&bench, "entries").await, ["1", "2", "3"]);
    assert_eq!(run.publish("entries", NONE).await.worked().inserted, 2);
    assert_eq!(run.publish("entries", NONE).await.worked(), RowCounts::default());
    run.write(&entries([5]), NONE).await.worked();
    assert_eq!(run.end("entries", Status::Done, NONE).await.worked().inserted, 1);
    assert_eq!(ids(&bench, "entries").await, ["1", "2", "3", "3", "4", "5"]);
    assert_eq!(log(&bench).await, ["done|6|6"]);
}

pub(super) async fn a_failed_load_keeps_what_was_published(bench: Bench) {
    for status in [Status::Failed, Status::Interrupted] {
        let mut run = begin(&bench, "entries").await;
        run.write(&entries([1]), NONE).await.worked();
        run.publish("entries", [("", state(1))]).await.worked();
        run.write(&entries([2]), [("", state(2))]).await.worked();
        let ended = run.end("entries", status, [("", state(2))]).await.worked();
        assert_eq!(ended, RowCounts::default());
    }
    assert_eq!(ids(&bench, "entries").await, ["1", "1"]);
    assert_eq!(log(&bench).await, ["failed|2|1", "interrupted|2|1"]);
    let mut run = begin(&bench, "entries").await;
    let states = run.states("entries", States::Beginning("")).await.worked();
    assert_eq!(states, [(String::new(), 1)], "what was not published is not remembered");
}

pub(super) async fn brings_the_states_that_waited(bench: Bench) {
    let mut run = begin(&bench, "entries").await;
    run.write(&entries([1]), [("a", state(1)), ("b", state(1))]).await.worked();
    run.write(&entries([2]), [("a", state(2)), ("c", state(2))]).await.worked();
    run.publish("entries", [("c", None), ("d", state(2))]).await.worked();
    let all = States::Beginning("");
    let pairs = |pairs: &[(&str, u64)]| -> Vec<_> {
        pairs.iter().map(|(at, rows)| ((*at).to_owned(), *rows)).collect()
    };
    let states = run.states("entries", all).await.worked();
    assert_eq!(states, pairs(&[("a", 2), ("b", 1), ("d", 2)]));
    // what was published is not written again
    run.write(&entries([3]), [("e", state(3))]).await.worked();
    run.publish("entries", [("a", None)]).await.worked();
    run.end("entries", Status::Partial, NONE).await.worked();
    run.has_begun("entries").await;
    let states = run.states("entries", all).await.worked();
    assert_eq!(states, pairs(&[("b", 1), ("d", 2), ("e", 3)]));
}

pub(super) async fn without_rows(bench: Bench) {
    let mut run = begin(&bench, "entries").await;
    let published = run.publish("entries", [("", state(1))]).await.worked();
    assert_eq!(published, RowCounts::default());
    let states = run.states("entries", States::Beginning("")).await.worked();
    assert_eq!(states, [(String::new(), 1)]);
    // where nothing waits there is nothing to make visible
    run.has_begun("merged").await;
    run.write(&[Merged { id: 1 }], NONE).await.worked();
    let published = run.publish("merged", [("", state(2))]).await.worked();
    assert_eq!(published, RowCounts::default());
    let states = run.states("merged", States::Beginning("")).await.worked();
    assert_eq!(states, [(String::new(), 2)]);
    // and what is replaced is never replaced by a part
    run.has_begun("replaced").await;
    run.write(&[Replaced { id: 1 }], NONE).await.worked();
    let error = run.publish("replaced", NONE).await.expect_err("not appended");
    assert_eq!(error.kind(), ErrorKind::Internal, "{error}");
    assert_eq!(ids(&bench, "replaced").await, [""; 0]);
}

pub(super) async fn with_lists(bench: Bench) {
    let mut run = begin(&bench, "entries").await;
    let tags = [("_parent_id", LogicalType::I64), ("value", LogicalType::Text)];
    run.write(&entries([1, 2]), NONE).await.worked();
    run.publish("entries", NONE).await.worked();
    assert_eq!(bench.select("entries__tags", &tags).await, ["1|1 0", "2|2 0", "2|2 1"]);
    run.write(&entries([4]), NONE).await.worked();
    run.publish("entries", NONE).await.worked();
    run.write(&entries([7]), NONE).await.worked();
    run.end("entries", Status::Done, NONE).await.worked();
    let all = ["1|1 0", "2|2 0", "2|2 1", "4|4 0", "7|7 0"];
    assert_eq!(bench.select("entries__tags", &tags).await, all);
}

pub(super) async fn of_many_batches(bench: Bench) {
    let mut run = begin(&bench, "entries").await;
    let mut published = 0;
    for batch in 0..20 {
        run.write(&entries(batch * 500..(batch + 1) * 500), NONE).await.worked();
        if batch % 3 == 0 {
            published += run.publish("entries", NONE).await.worked().inserted;
        }
    }
    assert_eq!(published, 9_500);
    assert_eq!(run.end("entries", Status::Done, NONE).await.worked().inserted, 500);
    let mut ids: Vec<i64> = ids(&bench, "entries").await.iter().flat_map(|id| id.parse()).collect();
    ids.sort_unstable();
    assert!(ids.into_iter().eq(0..10_000));
}
