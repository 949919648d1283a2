//! A program that calls a destination itself: two loads at once, one of which publishes its rows as
//! they come, killed at any place; and several such programs at once, each with a part.

use std::process::Command;
use std::thread;

use connector_runtime::testing::fail::POINTS;
use connector_tests::{Child, Outcome, Place};

use super::was_killed;

const PROGRAM: &str = env!("CARGO_BIN_EXE_direct-loads");
const SCHEMA: &str = "direct";

/// Rows of the API: seven batches.
const ROWS: i64 = 650;

fn run(place: &Place, rows: i64, part: Option<&str>, fail_point: Option<&str>) -> Outcome {
    let mut command = Command::new(PROGRAM);
    command.args([&place.url(), &rows.to_string()]).args(part).env_clear();
    command.envs(fail_point.map(|point| ("FAIL_POINT", point)));
    Child::default().run(command)
}

/// The rows of each load that its state says, those of a part or of everything.
fn state(place: &Place, resource: &str, partition: &str) -> usize {
    let sql = format!(
        "SELECT state FROM _connector_state WHERE resource = '{resource}' AND \"partition\" = '{partition}'"
    );
    let json = place.lines(&sql).pop().unwrap_or_else(|| "{\"rows\": 0}".to_owned());
    let state: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    state["rows"].as_u64().expect("a number") as usize
}

/// Ids of a table, in their order.
fn ids(place: &Place, table: &str) -> Vec<i64> {
    let lines = place.lines(&format!("SELECT id FROM {table} ORDER BY id"));
    lines.iter().map(|id| id.parse().expect("a number")).collect()
}

/// All rows are there, once, and their children; every load has ended, and left nothing.
fn assert_complete(place: &Place, rows: i64, context: &str) {
    place.wait_until_alone();
    for table in ["items", "entries"] {
        assert!(ids(place, table).into_iter().eq(0..rows), "{context}: {table}");
    }
    let tags: i64 = (0..rows).map(|id| id % 3).sum();
    let found = place.lines("SELECT count(*) FROM items__tags");
    assert_eq!(found, [tags.to_string()], "{context}");
    let log = place.lines("SELECT DISTINCT status FROM _connector_loads");
    assert!(!log.contains(&"running".to_owned()), "{context}: {log:?}");
    assert!(place.leftovers().is_empty(), "{context}: {:?}", place.leftovers());
}

/// What is there after a kill is what the states say; the next run completes it.
fn killed_at_every_place(destination: &str, place: impl Fn() -> Place) {
    // a first load has nothing to look for
    let ours = |point: &&&str| point.starts_with(destination) && !point.contains(".look.");
    for point in POINTS.iter().filter(ours) {
        let mut kills = 0;
        for nth in 1..=5 {
            let place = place();
            let fail_point = format!("{point}:{nth}:KILL");
            let outcome = run(&place, ROWS, None, Some(&fail_point));
            if !was_killed(&outcome) {
                assert_eq!(outcome.code(), 0, "{fail_point}: {outcome:?}");
                break;
            }
            kills += 1;
            place.wait_until_alone();
            // before the first commit there is nothing
            if !point.contains(".open.") {
                for table in ["items", "entries"] {
                    let there = state(&place, table, "") as i64;
                    assert!(ids(&place, table).into_iter().eq(0..there), "{fail_point}: {table}");
                }
            }
            let outcome = run(&place, ROWS, None, None);
            assert_eq!(outcome.code(), 0, "{fail_point}: {outcome:?}");
            assert_complete(&place, ROWS, &fail_point);
        }
        // rows that are merged batch by batch do not wait for the end
        assert!(kills > 0, "{point} was never reached");
    }
}

#[test]
fn sqlite_two_loads_killed_at_every_place() {
    killed_at_every_place("sqlite.", Place::sqlite);
}

#[test]
fn postgres_two_loads_killed_at_every_place() {
    if Place::postgres(SCHEMA).is_none() {
        return;
    }
    killed_at_every_place("postgres.", || Place::postgres(SCHEMA).expect("it was there"));
}

const PARTS: [&str; 4] = ["1/4", "2/4", "3/4", "4/4"];

/// Four processes, and a fifth for everything, which waits for them or lets them wait.
#[test]
fn four_parts_at_once() {
    for place in Place::each(SCHEMA) {
        let rows = 4_000;
        thread::scope(|scope| {
            let place = &place;
            let runs = PARTS.map(|part| scope.spawn(move || run(place, rows, Some(part), None)));
            for run in runs {
                let outcome = run.join().expect("no panic");
                assert_eq!(outcome.code(), 0, "{outcome:?}");
            }
        });
        assert_complete(&place, rows, "four parts");
        let log = "SELECT resource, part, status, inserted FROM _connector_loads ORDER BY 1, 2";
        let lines =
            ["entries", "items"].map(|one| PARTS.map(|part| format!("{one}|{part}|done|1000")));
        assert_eq!(place.lines(log), lines.concat());
        for part in PARTS {
            assert_eq!(state(&place, "items", &format!("@{part}")), 1_000);
            assert_eq!(state(&place, "entries", &format!("@{part}")), 1_000);
        }
    }
}

/// One is killed while the others are at work: they do not notice, and it is completed by itself.
#[test]
fn a_part_that_is_killed_disturbs_no_other() {
    for place in Place::each(SCHEMA) {
        let rows = 8_000;
        let destination = match place {
            Place::Sqlite(_) => "sqlite",
            Place::Postgres(..) => "postgres",
        };
        for point in ["publish.before_commit:3", "publish.after_commit:2", "write.before_commit:7"]
        {
            let place = place.empty();
            thread::scope(|scope| {
                let place = &place;
                let others = ["1/4", "3/4", "4/4"];
                let others =
                    others.map(|part| scope.spawn(move || run(place, rows, Some(part), None)));
                let fail_point = format!("{destination}.{point}:KILL");
                let outcome = run(place, rows, Some("2/4"), Some(&fail_point));
                assert!(was_killed(&outcome), "{outcome:?}");
                // its next run begins while the others may still be at work
                let outcome = run(place, rows, Some("2/4"), None);
                assert_eq!(outcome.code(), 0, "{point}: {outcome:?}");
                for other in others {
                    let outcome = other.join().expect("no panic");
                    assert_eq!(outcome.code(), 0, "{point}: {outcome:?}");
                }
            });
            assert_complete(&place, rows, point);
            let log = "SELECT part, status FROM _connector_loads WHERE status <> 'done' ORDER BY resource";
            assert_eq!(place.lines(log), ["2/4|killed", "2/4|killed"], "{point}");
        }
    }
}

/// Everything and a part of it exclude each other: one waits for the other, whoever comes first.
#[test]
fn the_whole_waits_for_parts_and_parts_for_the_whole() {
    for place in Place::each(SCHEMA) {
        let rows = 2_000;
        thread::scope(|scope| {
            let place = &place;
            let runs = [Some("1/2"), None, Some("2/2")];
            let runs = runs.map(|part| scope.spawn(move || run(place, rows, part, None)));
            for run in runs {
                let outcome = run.join().expect("no panic");
                assert_eq!(outcome.code(), 0, "{outcome:?}");
            }
        });
        // what is merged is there once, what is appended as often as it was loaded
        place.wait_until_alone();
        assert!(ids(&place, "items").into_iter().eq(0..rows));
        let twice: Vec<_> = (0..rows).flat_map(|id| [id, id]).collect();
        assert_eq!(ids(&place, "entries"), twice);
        let overlaps = "SELECT a.part, b.part FROM _connector_loads a JOIN _connector_loads b \
            ON a.resource = b.resource AND a.part = '' AND b.part <> '' \
            AND a.started_at < b.ended_at AND b.started_at < a.ended_at";
        assert_eq!(place.lines(overlaps), [""; 0]);
        let log = "SELECT DISTINCT status FROM _connector_loads";
        assert_eq!(place.lines(log), ["done"]);
        assert!(place.leftovers().is_empty());
    }
}
