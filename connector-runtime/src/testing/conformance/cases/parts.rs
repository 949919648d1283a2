//! Several runs at once, each with a part of a resource.

use super::super::bench::Bench;
use super::super::direct::{Direct, NONE, Worked, loads, state};
use crate::destination::{Begun, Part, States};
use crate::report::Status;
use crate::value::LogicalType;

#[derive(connector_runtime::Connector)]
#[connector(name = "conformance", base_url = "https://api.example.com", resources(Item, Entry))]
struct Api {}

/// Deletions are staged everywhere, and lists with them.
#[derive(connector_runtime::Resource)]
#[resource(path = "/items", name = "items", delete_missing = hard)]
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

fn item(id: i64) -> Item {
    Item { id, tags: vec![format!("tag {id}")] }
}

/// A run of the whole, where `of` is 0, or of a part.
async fn open(bench: &Bench, index: u32, of: u32) -> Direct {
    let mut loads = loads::<Api>();
    loads.iter_mut().for_each(|load| load.part = (of > 0).then_some(Part { index, of }));
    let direct = Direct::open(bench.harness.destination(), loads).await;
    direct.unwrap_or_else(|error| panic!("{error}"))
}

/// Whether somebody else is in the way.
async fn is_busy(run: &mut Direct, resource: &str) -> bool {
    match run.begin(resource).await.worked() {
        Begun::Busy(text) => {
            assert!(text.contains(resource), "{text}");
            true
        }
        Begun::Ready { .. } => false,
    }
}

async fn end(run: &mut Direct, resource: &str) {
    run.end(resource, Status::Done, NONE).await.worked();
}

async fn ids(bench: &Bench, table: &str) -> Vec<String> {
    bench.select(table, &[("id", LogicalType::I64)]).await
}

async fn log(bench: &Bench) -> Vec<String> {
    let columns = [("status", LogicalType::Text), ("inserted", LogicalType::I64)];
    bench.select("_connector_loads", &columns).await
}

pub(super) async fn are_loaded_at_once(bench: Bench) {
    let mut runs = Vec::new();
    for index in 1..=3 {
        runs.push(open(&bench, index, 3).await);
    }
    let mut load_ids = Vec::new();
    for run in &mut runs {
        load_ids.push(run.has_begun("items").await);
    }
    load_ids.dedup();
    assert_eq!(load_ids.len(), 3, "each has a number of its own");
    for step in 0..2 {
        for (at, run) in runs.iter_mut().enumerate() {
            let id = 10 * (at as i64 + 1) + step;
            let states = [(format!("@{}/3", at + 1), state(id as u64))];
            let counts = run.write(&[item(id), item(id + 5)], states).await.worked();
            assert_eq!(counts.inserted, 2);
        }
    }
    // the ends, one after the other, do not disturb those that go on
    for (at, run) in runs.iter_mut().enumerate() {
        let id = 10 * (at as i64 + 1);
        assert_eq!(run.write(&[item(id), item(id + 9)], NONE).await.worked().inserted, 1);
        end(run, "items").await;
    }
    let ids_of = |ten: i64| [0, 1, 5, 6, 9].map(|one| (ten + one).to_string());
    let expected: Vec<_> = [10, 20, 30].into_iter().flat_map(ids_of).collect();
    assert_eq!(ids(&bench, "items").await, expected);
    assert_eq!(bench.select("items__tags", &[("value", LogicalType::Text)]).await.len(), 15);
    assert_eq!(log(&bench).await, ["done|5", "done|5", "done|5"]);
}

pub(super) async fn are_appended_at_once(bench: Bench) {
    let (mut one, mut two) = (open(&bench, 1, 2).await, open(&bench, 2, 2).await);
    one.has_begun("entries").await;
    one.write(&[Entry { id: 1 }], NONE).await.worked();
    two.has_begun("entries").await;
    two.write(&[Entry { id: 2 }], NONE).await.worked();
    one.write(&[Entry { id: 3 }], NONE).await.worked();
    one.publish("entries", NONE).await.worked();
    assert_eq!(ids(&bench, "entries").await, ["1", "3"]);
    two.write(&[Entry { id: 4 }], NONE).await.worked();
    one.write(&[Entry { id: 5 }], NONE).await.worked();
    end(&mut two, "entries").await;
    assert_eq!(ids(&bench, "entries").await, ["1", "2", "3", "4"]);
    end(&mut one, "entries").await;
    assert_eq!(ids(&bench, "entries").await, ["1", "2", "3", "4", "5"]);
    assert_eq!(log(&bench).await, ["done|2", "done|3"]);
}

pub(super) async fn exclude_the_resource_as_a_whole(bench: Bench) {
    let mut whole = open(&bench, 0, 0).await;
    let (mut one, mut two) = (open(&bench, 1, 2).await, open(&bench, 2, 2).await);
    one.has_begun("items").await;
    two.has_begun("items").await;
    assert!(is_busy(&mut whole, "items").await, "two parts are at work");
    // another resource is nobody's business
    whole.has_begun("entries").await;
    end(&mut one, "items").await;
    assert!(is_busy(&mut whole, "items").await, "one is still at work");
    end(&mut two, "items").await;
    whole.has_begun("items").await;
    for part in [&mut one, &mut two] {
        assert!(is_busy(part, "items").await);
    }
    whole.write(&[item(1)], NONE).await.worked();
    end(&mut whole, "items").await;
    assert!(!is_busy(&mut two, "items").await);
    assert!(!is_busy(&mut one, "items").await);
    one.write(&[item(2)], NONE).await.worked();
    end(&mut one, "items").await;
    end(&mut two, "items").await;
    assert_eq!(ids(&bench, "items").await, ["1", "2"]);
}

pub(super) async fn exclude_themselves(bench: Bench) {
    let (mut first, mut second) = (open(&bench, 1, 2).await, open(&bench, 1, 2).await);
    let mut other = open(&bench, 2, 2).await;
    first.has_begun("items").await;
    assert!(is_busy(&mut second, "items").await);
    // who did not get it is in nobody's way
    other.has_begun("items").await;
    end(&mut other, "items").await;
    end(&mut first, "items").await;
    let mut whole = open(&bench, 0, 0).await;
    whole.has_begun("items").await;
    end(&mut whole, "items").await;
    assert!(!is_busy(&mut second, "items").await);
}

pub(super) async fn of_one_division_are_told_from_those_of_another(bench: Bench) {
    let (mut one, mut two) = (open(&bench, 1, 2).await, open(&bench, 1, 12).await);
    one.has_begun("items").await;
    two.has_begun("items").await;
    one.write(&[item(1)], NONE).await.worked();
    two.write(&[item(2)], NONE).await.worked();
    end(&mut one, "items").await;
    end(&mut two, "items").await;
    assert_eq!(ids(&bench, "items").await, ["1", "2"]);
}

/// A run that begins knows that others of its part have ended, and nothing of other parts.
pub(super) async fn that_were_killed_are_marked_by_the_next_of_their_own(bench: Bench) {
    let (mut killed, mut other) = (open(&bench, 1, 2).await, open(&bench, 2, 2).await);
    killed.has_begun("entries").await;
    killed.write(&[Entry { id: 1 }], NONE).await.worked();
    other.has_begun("entries").await;
    other.write(&[Entry { id: 2 }], NONE).await.worked();
    drop(killed);
    let mut next = open(&bench, 1, 2).await;
    // a server may take a moment to notice
    while is_busy(&mut next, "entries").await {}
    assert_eq!(log(&bench).await, ["killed|0", "running|0", "running|0"]);
    next.write(&[Entry { id: 3 }], NONE).await.worked();
    end(&mut next, "entries").await;
    end(&mut other, "entries").await;
    assert_eq!(ids(&bench, "entries").await, ["2", "3"]);
    assert_eq!(log(&bench).await, ["done|1", "done|1", "killed|0"]);
}

pub(super) async fn have_states_in_common(bench: Bench) {
    let (mut one, mut two) = (open(&bench, 1, 2).await, open(&bench, 2, 2).await);
    one.has_begun("items").await;
    two.has_begun("items").await;
    one.write(&[item(1)], [("@1/2", state(1)), ("x", state(1))]).await.worked();
    two.write(&[item(2)], [("@2/2", state(2)), ("x", state(2))]).await.worked();
    let all = one.states("items", States::Beginning("")).await.worked();
    let expected = [("@1/2", 1), ("@2/2", 2), ("x", 2)];
    assert!(all.iter().map(|(at, rows)| (at.as_str(), *rows)).eq(expected), "{all:?}");
    end(&mut one, "items").await;
    end(&mut two, "items").await;
}
