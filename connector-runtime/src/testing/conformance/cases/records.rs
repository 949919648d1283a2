//! What a destination has of a connector, read by those who load nothing.

use super::super::bench::Bench;
use super::super::direct::{Direct, NONE, Worked, loads, state};
use crate::destination::{Begun, Destination, StoredReject, StoredState, Wanted};
use crate::report::Status;

#[derive(connector_runtime::Connector)]
#[connector(name = "conformance", base_url = "https://api.example.com", resources(Item, Entry))]
struct Api {}

#[derive(connector_runtime::Connector)]
#[connector(name = "another", base_url = "https://api.example.com", resources(Other))]
struct Another {}

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

#[derive(connector_runtime::Resource)]
#[resource(path = "/others", name = "others")]
struct Other {
    #[column(primary_key)]
    id: i64,
}

const CONNECTOR: &str = "conformance";

async fn open(bench: &Bench) -> Direct {
    Direct::open(bench.harness.destination(), loads::<Api>()).await.worked()
}

/// All states, `limit` at a time: `resource|partition|rows`.
async fn states(destination: &mut dyn Destination, wanted: &Wanted) -> Vec<String> {
    let mut all = Vec::new();
    let mut last: Option<StoredState> = None;
    loop {
        let some = destination.stored_states(wanted, last.as_ref()).await.worked();
        let some = some.expect("something was loaded");
        assert!(some.len() <= wanted.limit, "{} at once", some.len());
        let line =
            |one: &StoredState| format!("{}|{}|{}", one.resource, one.partition, one.state.rows);
        all.extend(some.iter().map(line));
        match some.last().cloned() {
            Some(state) => last = Some(state),
            None => return all,
        }
    }
}

pub(super) async fn there_are_none_before_the_first_load(bench: Bench) {
    let before = bench.harness.tables().await;
    let mut destination = bench.harness.destination();
    let wanted = Wanted::new(CONNECTOR, 10);
    assert_eq!(destination.stored_states(&wanted, None).await.worked(), None);
    assert_eq!(destination.logged_loads(&wanted, None).await.worked(), None);
    assert_eq!(destination.stored_rejects(&wanted, None).await.worked(), None);
    assert_eq!(bench.harness.tables().await, before, "who looks makes nothing");
}

pub(super) async fn states_come_some_at_a_time(bench: Bench) {
    let mut run = open(&bench).await;
    run.has_begun("items").await;
    run.has_begun("entries").await;
    let long = format!("[\"{}\"]", "x".repeat(3_000));
    let other = format!("[\"{}\"]", "x".repeat(3_001));
    let partitions = ["", "@1/2", "[1]", "[12]", "[\"ä\"]", "['; --]", "^", &long, &other];
    let own = partitions.iter().zip(1..).map(|(at, rows)| ((*at).to_owned(), state(rows)));
    run.end("items", Status::Done, own).await.worked();
    run.end("entries", Status::Done, [("", state(77))]).await.worked();
    let mut expected: Vec<_> =
        partitions.iter().zip(1..).map(|(at, rows)| format!("items|{at}|{rows}")).collect();
    expected.push("entries||77".to_owned());
    expected.sort();
    let mut orders = Vec::new();
    for limit in [1, 2, 3, 100] {
        let mut destination = bench.harness.destination();
        let found = states(&mut *destination, &Wanted::new(CONNECTOR, limit)).await;
        let mut sorted = found.clone();
        sorted.sort();
        assert_eq!(sorted, expected, "{limit} at a time");
        orders.push(found);
    }
    assert!(orders.iter().all(|order| *order == orders[0]), "one order: {orders:?}");
}

pub(super) async fn states_of_some_are_asked_for(bench: Bench) {
    let mut run = open(&bench).await;
    run.has_begun("items").await;
    run.has_begun("entries").await;
    let long = "y".repeat(5_000);
    let own = [("", state(1)), ("[1]", state(2)), (&*long, state(3))];
    run.end("items", Status::Done, own).await.worked();
    run.end("entries", Status::Done, [("", state(4)), ("[1]", state(5))]).await.worked();
    let all = Wanted::new(CONNECTOR, 10);
    let items = ["items".to_owned()];
    let both = ["items".to_owned(), "entries".to_owned()];
    for (wanted, mut expected) in [
        (
            all.clone().resources(&items),
            vec!["items||1".into(), "items|[1]|2".into(), format!("items|{long}|3")],
        ),
        (all.clone().resources(&items).partition(""), vec!["items||1".into()]),
        (
            all.clone().resources(&both).partition("[1]"),
            vec!["items|[1]|2".into(), "entries|[1]|5".into()],
        ),
        (all.clone().partition(&*long), vec![format!("items|{long}|3")]),
        (all.clone().partition("[2]"), vec![]),
        (all.resources(&["nobody".to_owned()]), vec![]),
    ] {
        let mut found = states(&mut *bench.harness.destination(), &wanted).await;
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{:?} {:?}", wanted.resources, wanted.partition.is_some());
    }
}

pub(super) async fn those_of_another_connector_are_not_seen(bench: Bench) {
    let mut run = Direct::open(bench.harness.destination(), loads::<Another>()).await.worked();
    run.has_begun("others").await;
    run.reject::<Other>("7", [("[1]", state(1))]).await.worked();
    run.end("others", Status::Done, [("", state(1))]).await.worked();
    let mut destination = bench.harness.destination();
    // there is something: of this connector it is nothing
    let wanted = Wanted::new(CONNECTOR, 10);
    assert_eq!(destination.stored_states(&wanted, None).await.worked(), Some(Vec::new()));
    assert_eq!(destination.logged_loads(&wanted, None).await.worked(), Some(Vec::new()));
    assert_eq!(destination.stored_rejects(&wanted, None).await.worked(), Some(Vec::new()));
}

pub(super) async fn are_read_beside_a_load(bench: Bench) {
    let mut run = open(&bench).await;
    run.has_begun("items").await;
    run.write(&[Item { id: 1 }], [("[1]", state(1))]).await.worked();
    let wanted = Wanted::new(CONNECTOR, 10);
    let mut other = bench.harness.destination();
    assert_eq!(states(&mut *other, &wanted).await, ["items|[1]|1"]);
    assert_eq!(states(run.destination(), &wanted).await, ["items|[1]|1"]);
    let log = other.logged_loads(&wanted, None).await.worked().expect("a log");
    assert_eq!((log[0].status.as_str(), log[0].ended_at), ("running", None));
    run.end("items", Status::Done, NONE).await.worked();
    let log = run.destination().logged_loads(&wanted, None).await.worked().expect("a log");
    assert_eq!(log[0].status, "done");
    assert!(log[0].ended_at >= Some(log[0].started_at), "{log:?}");
}

pub(super) async fn everything_is_forgotten_at_the_end(bench: Bench) {
    let mut run = open(&bench).await;
    run.has_begun("items").await;
    run.has_begun("entries").await;
    run.end("items", Status::Done, [("", state(1)), ("[1]", state(2))]).await.worked();
    run.end("entries", Status::Done, [("", state(3))]).await.worked();
    let mut run = open(&bench).await;
    run.has_begun("items").await;
    run.edit("items", [("[2]", state(4))], true).await.worked();
    let wanted = Wanted::new(CONNECTOR, 10);
    let mut found = states(run.destination(), &wanted).await;
    found.sort();
    assert_eq!(found, ["entries||3", "items|[2]|4"]);
    run.has_begun("items").await;
    run.edit("items", [("[3]", state(5))], false).await.worked();
    let mut found = states(run.destination(), &wanted).await;
    found.sort();
    assert_eq!(found, ["entries||3", "items|[2]|4", "items|[3]|5"]);
    let log = run.destination().logged_loads(&wanted, None).await.worked().expect("a log");
    let edits = log.iter().filter(|line| line.status == "edited").count();
    assert_eq!(edits, 2, "{log:?}");
}

pub(super) async fn an_edit_waits_for_nobody_and_excludes_loads(bench: Bench) {
    let mut edit = open(&bench).await;
    edit.has_begun("items").await;
    let mut run = open(&bench).await;
    assert!(matches!(run.begin("items").await.worked(), Begun::Busy(_)));
    edit.edit("items", [("", state(1))], false).await.worked();
    run.has_begun("items").await;
    run.end("items", Status::Done, NONE).await.worked();
}

pub(super) async fn loads_come_with_the_newest_first(bench: Bench) {
    let mut ids = Vec::new();
    for load in 1..=3 {
        let mut run = open(&bench).await;
        ids.insert(0, run.load_id());
        run.has_begun("items").await;
        run.has_begun("entries").await;
        run.write(&[Item { id: load }, Item { id: 9 }], NONE).await.worked();
        run.reject::<Item>("7", NONE).await.worked();
        run.end("items", Status::Done, NONE).await.worked();
        let status = if load == 2 { Status::Failed } else { Status::Done };
        run.end("entries", status, NONE).await.worked();
    }
    let mut destination = bench.harness.destination();
    let two = Wanted::new(CONNECTOR, 2);
    let log = destination.logged_loads(&two, None).await.worked().expect("a log");
    let lines: Vec<_> = log.iter().map(|line| (line.load_id, &*line.resource)).collect();
    let expected = [(ids[0], "entries"), (ids[0], "items"), (ids[1], "entries"), (ids[1], "items")];
    assert_eq!(lines, expected, "all resources of two loads");
    let items = &log[3];
    assert_eq!((items.rows.received, items.rows.inserted, items.rows.unchanged), (3, 1, 1));
    assert!(items.stored && items.part.is_empty() && items.error.is_none(), "{items:?}");
    assert_eq!(log[2].status, "failed");
    assert_eq!(log[2].error.as_deref(), Some("it failed"));
    let last = destination.logged_loads(&two, Some(ids[1])).await.worked().expect("a log");
    assert!(last.len() == 2 && last.iter().all(|line| line.load_id == ids[2]), "{last:?}");
    let none = destination.logged_loads(&two, Some(ids[2])).await.worked();
    assert_eq!(none, Some(Vec::new()));
    let wanted = two.load(ids[1]).resources(&["items".to_owned()]);
    let one = destination.logged_loads(&wanted, None).await.worked().expect("a log");
    assert_eq!(one, log[3..]);
}

pub(super) async fn rejects_come_some_at_a_time(bench: Bench) {
    let mut expected = Vec::new();
    for _ in 0..2 {
        let mut run = open(&bench).await;
        let id = run.load_id();
        run.has_begun("items").await;
        run.has_begun("entries").await;
        for row in 1..=3 {
            run.reject::<Item>(&format!("{{\"id\": \"{row}'\"}}"), NONE).await.worked();
            expected.push(format!("{id}|items|[{row}]|1|{row}|{{\"id\": \"{row}'\"}}"));
        }
        run.reject::<Entry>("null", NONE).await.worked();
        expected.insert(expected.len() - 3, format!("{id}|entries|[1]|1|1|null"));
        run.end("items", Status::Done, NONE).await.worked();
        run.end("entries", Status::Failed, NONE).await.worked();
    }
    for limit in [1, 3, 100] {
        let wanted = Wanted::new(CONNECTOR, limit);
        assert_eq!(rejects(&bench, &wanted).await, expected, "{limit} at a time");
    }
    let wanted = Wanted::new(CONNECTOR, 2).resources(&["entries".to_owned()]);
    assert_eq!(rejects(&bench, &wanted).await, [expected[0].clone(), expected[4].clone()]);
    let id = expected[4].split('|').next().and_then(|id| id.parse().ok()).expect("a number");
    assert_eq!(rejects(&bench, &Wanted::new(CONNECTOR, 2).load(id)).await, expected[4..]);
}

async fn rejects(bench: &Bench, wanted: &Wanted) -> Vec<String> {
    let mut destination = bench.harness.destination();
    let mut all = Vec::new();
    let mut last: Option<StoredReject> = None;
    loop {
        let some = destination.stored_rejects(wanted, last.as_ref()).await.worked();
        let some = some.expect("something was loaded");
        assert!(some.len() <= wanted.limit, "{} at once", some.len());
        let line = |StoredReject { load_id, resource, has_partition, reject }: &StoredReject| {
            assert!(has_partition, "{reject:?}");
            assert_eq!(reject.reason, "it does not fit");
            let (page, row) = (reject.page, reject.row);
            format!("{load_id}|{resource}|{}|{page}|{row}|{}", reject.partition, reject.raw)
        };
        all.extend(some.iter().map(line));
        match some.last().cloned() {
            Some(kept) => last = Some(kept),
            None => return all,
        }
    }
}
