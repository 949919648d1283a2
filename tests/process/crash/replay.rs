//! Rows that did not fit, loaded after all by a process that ends at any moment: each is in its table or
//! among the rejects, never in both and never in neither.

use std::process::Command;

use connector_runtime::testing::fail::POINTS;
use connector_tests::Child;
use serde_json::json;

use super::{PROGRAM, Place, SCHEMA, model, serve, was_killed};

/// As many as are read in two goes.
const REJECTS: i64 = 250;
/// Beyond all rows that the API has.
const FIRST: i64 = 1_000_000;

/// A database with rows of a load, and others that did not fit then.
fn begin(place: &Place, resource: &str) {
    let server = serve(&model::rows(1));
    let mut command = Command::new(PROGRAM);
    command.args(["sync", resource, "--base-url", &server.url(), "--destination"]);
    command.arg(place.url()).env_clear();
    let outcome = Child::default().run(command);
    assert_eq!(outcome.code(), 0, "{outcome:?}");
    let load_id = &place.lines("SELECT load_id FROM _connector_loads")[0];
    let rejects = (0..REJECTS).map(|at| {
        let id = FIRST + at;
        // one of them fits no better now
        let text = if at == 7 { json!(null) } else { json!(format!("row {id}")) };
        let raw = json!({ "id": id, "text": text, "gone": false, "tags": ["a"], "day": 1 });
        format!("({load_id}, 'loads', '{resource}', 1, {at}, 'text', 'too long', '{raw}', '')")
    });
    let rejects: Vec<_> = rejects.collect();
    place.execute(&format!(
        "INSERT INTO _connector_rejects (load_id, connector, resource, page, \"row\", path, reason, raw, \"partition\") VALUES {}",
        rejects.join(", ")
    ));
}

fn replay(place: &Place, fail_point: Option<&str>) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(["rejects", "replay", "--destination"]).arg(place.url()).env_clear();
    command.envs(fail_point.map(|point| ("FAIL_POINT", point)));
    command
}

/// The ids of those that are in the table, and of those that are not.
fn ids(place: &Place, resource: &str) -> (Vec<i64>, Vec<i64>) {
    place.wait_until_alone();
    let number = |line: &String| line.parse::<i64>().expect("a number");
    let loaded = format!("SELECT id FROM {resource} WHERE id >= {FIRST} ORDER BY id");
    let loaded = place.lines(&loaded).iter().map(number).collect();
    let left = place.lines("SELECT \"row\" FROM _connector_rejects ORDER BY \"row\"");
    (loaded, left.iter().map(|line| FIRST + number(line)).collect())
}

fn killed_at_every_place(destination: &str, place: impl Fn() -> Place) {
    let ours = |point: &&&str| point.starts_with(destination) && !point.contains(".publish.");
    for resource in ["upserted", "appended", "history", "nested"] {
        let story = place();
        begin(&story, resource);
        let mut kills = 0;
        for point in POINTS.iter().filter(ours) {
            for nth in 1..=2 {
                let place = story.copy();
                let fail_point = format!("{point}:{nth}:KILL");
                let outcome = Child::default().run(replay(&place, Some(&fail_point)));
                if !was_killed(&outcome) {
                    assert_eq!(outcome.code(), 0, "{resource}, {fail_point}: {outcome:?}");
                    break;
                }
                kills += 1;
                let (loaded, left) = ids(&place, resource);
                let mut all = [loaded, left].concat();
                all.sort_unstable();
                let expected: Vec<_> = (FIRST..FIRST + REJECTS).collect();
                assert!(all == expected, "{resource}, {fail_point}: {} rows", all.len());
                let outcome = Child::default().run(replay(&place, None));
                assert_eq!(outcome.code(), 0, "{resource}, {fail_point}: {outcome:?}");
                let (loaded, left) = ids(&place, resource);
                assert_eq!(left, [FIRST + 7], "{resource}, {fail_point}");
                assert_eq!(loaded.len() as i64, REJECTS - 1, "{resource}, {fail_point}");
            }
        }
        assert!(kills >= 5, "{resource}: only {kills} kills");
    }
}

#[test]
fn sqlite_killed_at_every_place_of_a_replay() {
    killed_at_every_place("sqlite.", Place::sqlite);
}

#[test]
fn postgres_killed_at_every_place_of_a_replay() {
    if Place::postgres(SCHEMA).is_none() {
        return;
    }
    killed_at_every_place("postgres.", || Place::postgres(SCHEMA).expect("it was there"));
}
