//! States of partitions, beside their rows.

use super::super::bench::Bench;
use super::super::direct::{Direct, NONE, Worked, loads, state};
use crate::destination::States;
use crate::report::Status;
use crate::state::State;
use crate::value::LogicalType;

#[derive(connector_runtime::Connector)]
#[connector(name = "conformance", base_url = "https://api.example.com", resources(Item, Entry))]
struct Api {}

#[derive(connector_runtime::Resource)]
#[resource(path = "/items", name = "items")]
struct Item {
    #[column(primary_key)]
    id: i64,
}

#[derive(connector_runtime::Resource)]
#[resource(path = "/entries", name = "entries")]
struct Entry {
    id: i64,
}

/// A run in which both loads have begun.
async fn begin(bench: &Bench) -> Direct {
    let direct = Direct::open(bench.harness.destination(), loads::<Api>()).await;
    let mut direct = direct.unwrap_or_else(|error| panic!("{error}"));
    direct.has_begun("items").await;
    direct.has_begun("entries").await;
    direct
}

/// Partitions and the rows that their states are of, as a reader sees them.
async fn seen(bench: &Bench, resource: &str) -> Vec<(String, u64)> {
    let columns = [
        ("resource", LogicalType::Text),
        ("partition", LogicalType::Text),
        ("state", LogicalType::Json),
    ];
    let rows = bench.select("_connector_state", &columns).await;
    let ours = rows.iter().filter_map(|row| row.strip_prefix(resource)?.strip_prefix('|'));
    let pair = |row: &str| {
        let (partition, json) = row.split_once('|')?;
        let state: State = serde_json::from_str(json).ok()?;
        Some((partition.to_owned(), state.rows))
    };
    let pairs: Option<Vec<_>> = ours.map(pair).collect();
    let mut pairs = pairs.unwrap_or_else(|| panic!("no states: {rows:?}"));
    pairs.sort();
    pairs
}

fn pairs(pairs: &[(&str, u64)]) -> Vec<(String, u64)> {
    pairs.iter().map(|(partition, rows)| ((*partition).to_owned(), *rows)).collect()
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

pub(super) async fn are_there_with_their_rows(bench: Bench) {
    let mut run = begin(&bench).await;
    run.write(&[Item { id: 1 }], [("a", state(1)), ("b", state(1))]).await.worked();
    assert_eq!(seen(&bench, "items").await, pairs(&[("a", 1), ("b", 1)]));
    run.write(&[Item { id: 2 }], [("b", state(2)), ("", state(2))]).await.worked();
    assert_eq!(seen(&bench, "items").await, pairs(&[("", 2), ("a", 1), ("b", 2)]));
    // states alone
    run.write::<Item>(&[], [("c", state(2))]).await.worked();
    assert_eq!(seen(&bench, "items").await, pairs(&[("", 2), ("a", 1), ("b", 2), ("c", 2)]));
    run.end("items", Status::Done, [("", state(3))]).await.worked();
    assert_eq!(seen(&bench, "items").await[0], (String::new(), 3));
}

pub(super) async fn wait_with_their_rows(bench: Bench) {
    let mut run = begin(&bench).await;
    run.write(&[Entry { id: 1 }], [("a", state(1)), ("b", state(1))]).await.worked();
    run.write(&[Entry { id: 2 }], [("a", state(2))]).await.worked();
    assert_eq!(seen(&bench, "entries").await, []);
    let all = texts(&["a", "b"]);
    assert_eq!(run.states("entries", States::Of(&all)).await.worked(), []);
    run.end("entries", Status::Done, [("", state(2))]).await.worked();
    assert_eq!(seen(&bench, "entries").await, pairs(&[("", 2), ("a", 2), ("b", 1)]));
}

/// Rows that are there have their state; rows that waited have none.
pub(super) async fn of_the_end_of_a_load_that_failed(bench: Bench) {
    for (status, rows) in [(Status::Failed, 1), (Status::Interrupted, 2)] {
        let mut run = begin(&bench).await;
        run.write(&[Item { id: 1 }], [("a", state(rows))]).await.worked();
        run.write(&[Entry { id: 1 }], [("a", state(rows))]).await.worked();
        run.end("items", status, [("b", state(rows))]).await.worked();
        run.end("entries", status, [("b", state(rows))]).await.worked();
        assert_eq!(seen(&bench, "items").await, pairs(&[("a", rows), ("b", rows)]));
        assert_eq!(seen(&bench, "entries").await, []);
    }
}

pub(super) async fn are_found_by_their_partitions(bench: Bench) {
    let mut run = begin(&bench).await;
    let partition = |at: u64| format!("[\"repository {at}\"]");
    let states = (0..5_000).map(|at| (partition(at), state(at)));
    run.write(&[Item { id: 1 }], states).await.worked();
    // some are there, in an order of their own, and some are not
    let asked: Vec<_> = (3_000..8_000).rev().map(partition).collect();
    let mut expected: Vec<_> = (3_000..5_000).map(|at| (partition(at), at)).collect();
    expected.sort();
    assert_eq!(run.states("items", States::Of(&asked)).await.worked(), expected);
    assert_eq!(run.states("items", States::Of(&[])).await.worked(), []);
    run.end("items", Status::Done, NONE).await.worked();
    run.end("entries", Status::Done, NONE).await.worked();
    // the next run finds them, too
    let mut run = begin(&bench).await;
    assert_eq!(run.states("items", States::Of(&asked)).await.worked(), expected);
}

pub(super) async fn are_found_by_their_beginning(bench: Bench) {
    let mut run = begin(&bench).await;
    let all = [
        "",
        "@1/4",
        "@2/4",
        "@2/4 more",
        "A",
        "[\"x\"]",
        "^[\"x\"]",
        "a%b",
        "a_b",
        "aXb",
        "é",
        "éa",
        "\u{d7ff}",
        "\u{d7ff}a",
        "\u{e000}",
        "\u{10ffff}",
        "\u{10ffff}a",
    ];
    run.write(&[Item { id: 1 }], all.map(|at| (at, state(1)))).await.worked();
    for prefix in ["", "@", "@2/4", "[", "^", "a", "a%", "a_", "é", "\u{d7ff}", "\u{10ffff}", "b"]
    {
        let found = run.states("items", States::Beginning(prefix)).await.worked();
        let mut expected: Vec<_> = all.iter().filter(|at| at.starts_with(prefix)).collect();
        expected.sort();
        let found: Vec<_> = found.iter().map(|(at, _)| at.as_str()).collect();
        assert!(found.iter().eq(expected), "{prefix:?}: {found:?}");
    }
}

pub(super) async fn of_any_text(bench: Bench) {
    let mut run = begin(&bench).await;
    let all = texts(&[
        "'; DROP TABLE _connector_state; --",
        "\"\\'\\\\",
        "$1 $$ ?1 {} %s",
        "\n\r\t\u{1}\u{7f}",
        " ",
        "  ",
        "ä",
        "a\u{308}",
        "A",
        "a",
        "🦀",
    ]);
    let states = all.iter().enumerate().map(|(at, text)| (text.clone(), state(at as u64)));
    run.write(&[Item { id: 1 }], states).await.worked();
    for (at, text) in all.iter().enumerate() {
        let found = run.states("items", States::Of(std::slice::from_ref(text))).await.worked();
        assert_eq!(found, [(text.clone(), at as u64)]);
    }
    assert_eq!(run.states("items", States::Beginning("")).await.worked().len(), all.len());
}

/// Texts that no compression makes short, alike but for their end.
pub(super) async fn of_long_texts(bench: Bench) {
    let mut run = begin(&bench).await;
    let mut random = 1_u64;
    let mut letter = || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from_u32(0x4e00 + (random >> 33) as u32 % 0x5000).unwrap_or('x')
    };
    let long: String = (0..2_700).map(|_| letter()).collect();
    let short: String = long.chars().take(300).collect();
    let all = [short.clone(), long.clone(), format!("{long}a"), format!("{long}b")];
    for rows in 1..3 {
        let states = all.iter().map(|text| (text.clone(), state(rows)));
        run.write(&[Item { id: 1 }], states).await.worked();
    }
    let expected: Vec<_> = all.iter().map(|text| (text.clone(), 2)).collect();
    assert!(run.states("items", States::Of(&all)).await.worked() == expected);
    for (prefix, from) in [(&short, 0), (&long, 1), (&all[2], 2)] {
        let found = run.states("items", States::Beginning(prefix)).await.worked();
        let to = if from == 2 { 3 } else { 4 };
        assert!(found == expected[from..to], "{from}: {} are found", found.len());
    }
    run.write(&[Item { id: 1 }], [(long.clone(), None)]).await.worked();
    let left = run.states("items", States::Beginning("")).await.worked();
    assert!(left == [&expected[..1], &expected[2..]].concat(), "{} are left", left.len());
}

pub(super) async fn are_forgotten(bench: Bench) {
    let mut run = begin(&bench).await;
    run.write(&[Item { id: 1 }], ["a", "b", "c"].map(|at| (at, state(1)))).await.worked();
    run.write(&[Entry { id: 1 }], ["a", "b"].map(|at| (at, state(1)))).await.worked();
    let changes = [("a", None), ("b", state(2)), ("never there", None)];
    run.write(&[Item { id: 2 }], changes).await.worked();
    assert_eq!(seen(&bench, "items").await, pairs(&[("b", 2), ("c", 1)]));
    run.write(&[Entry { id: 2 }], [("a", None)]).await.worked();
    run.end("entries", Status::Done, NONE).await.worked();
    assert_eq!(seen(&bench, "entries").await, pairs(&[("b", 1)]));
    run.end("items", Status::Done, [("c", None)]).await.worked();
    assert_eq!(seen(&bench, "items").await, pairs(&[("b", 2)]));
}

pub(super) async fn the_last_of_a_partition_counts(bench: Bench) {
    let mut run = begin(&bench).await;
    let changes = [("a", state(1)), ("b", state(1)), ("a", state(2)), ("b", None), ("c", None)];
    let changes = || changes.clone().into_iter().chain([("c", state(3))]);
    run.write(&[Item { id: 1 }], changes()).await.worked();
    assert_eq!(seen(&bench, "items").await, pairs(&[("a", 2), ("c", 3)]));
    run.write(&[Entry { id: 1 }], changes()).await.worked();
    run.end("entries", Status::Done, [("a", None), ("b", state(4))]).await.worked();
    assert_eq!(seen(&bench, "entries").await, pairs(&[("b", 4), ("c", 3)]));
}

pub(super) async fn are_of_one_resource(bench: Bench) {
    let mut run = begin(&bench).await;
    run.write(&[Item { id: 1 }], [("a", state(1))]).await.worked();
    run.write(&[Entry { id: 1 }], [("a", state(2)), ("b", state(2))]).await.worked();
    run.publish("entries", NONE).await.worked();
    run.write(&[Item { id: 1 }], [("b", None)]).await.worked();
    assert_eq!(run.states("items", States::Beginning("")).await.worked(), pairs(&[("a", 1)]));
    let all = texts(&["a", "b"]);
    let expected = pairs(&[("a", 2), ("b", 2)]);
    assert_eq!(run.states("entries", States::Of(&all)).await.worked(), expected);
}

pub(super) async fn ten_thousand_at_once(bench: Bench) {
    let mut run = begin(&bench).await;
    let partition = |at: u64| format!("[\"organization\", {at}]");
    for rows in 1..3 {
        let states = (0..10_000).map(|at| (partition(at), state(rows)));
        run.write(&[Item { id: 1 }], states).await.worked();
    }
    let found = run.states("items", States::Beginning("[")).await.worked();
    assert_eq!(found.len(), 10_000);
    assert!(found.iter().all(|(_, rows)| *rows == 2));
    run.write(&[Item { id: 1 }], (1..10_000).map(|at| (partition(at), None))).await.worked();
    assert_eq!(seen(&bench, "items").await, [(partition(0), 2)]);
}
