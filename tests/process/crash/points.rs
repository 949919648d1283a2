//! Killed at every named place.

use connector_runtime::testing::fail::POINTS;
use connector_tests::Child;

use super::{Place, SCHEMA, Story, serve, was_killed};

pub(super) const RESOURCES: [&str; 9] = [
    "upserted", "appended", "replaced", "swapped", "deleted", "days", "history", "nested", "swept",
];

/// Every place of a destination, the first time and the second time that it is reached, in every kind
/// of load.
fn killed_at_every_place(destination: &str, place: impl Fn() -> Place) {
    // what is published before the end of a load has tests of its own: `direct.rs`
    let ours = |point: &&&str| point.starts_with(destination) && !point.contains(".publish.");
    let points: Vec<_> = POINTS.iter().filter(ours).collect();
    let mut reached: Vec<_> = points.iter().map(|point| (*point, 0)).collect();
    for resource in RESOURCES {
        let story = Story::begin(resource, place());
        let server = serve(&story.new);
        for (point, kills) in &mut reached {
            for nth in 1..=2 {
                let story = story.again();
                let fail_point = format!("{point}:{nth}:KILL");
                let outcome = Child::default().run(story.command(&server, Some(&fail_point)));
                if !was_killed(&outcome) {
                    assert_eq!(outcome.code(), 0, "{resource}, {fail_point}: {outcome:?}");
                    break;
                }
                *kills += 1;
                let found = story.assert_true(&fail_point);
                story.assert_completes(found, &fail_point);
            }
        }
    }
    assert!(!reached.is_empty());
    for (point, kills) in reached {
        assert!(kills > 0, "{point} was never reached");
    }
}

/// Killed when the database has committed and nobody knows it yet: the next run has nothing to repeat.
#[test]
fn d02_killed_right_after_a_commit_nothing_comes_twice() {
    for place in Place::each(SCHEMA) {
        let destination = match place {
            Place::Sqlite(_) => "sqlite",
            Place::Postgres(..) => "postgres",
        };
        for resource in ["appended", "upserted"] {
            let story = Story::begin(resource, place.empty());
            let fail_point = format!("{destination}.end.after_commit:1:KILL");
            let outcome =
                Child::default().run(story.command(&serve(&story.new), Some(&fail_point)));
            assert!(was_killed(&outcome), "{outcome:?}");
            let found = story.assert_true(&fail_point);
            let whole = story.before.clone().load(resource, &story.new, true);
            found.assert_is(&whole, &fail_point);
            let log = "SELECT status FROM _connector_loads ORDER BY load_id";
            assert_eq!(story.place.lines(log), ["done", "done"]);
        }
    }
}

#[test]
fn sqlite_killed_at_every_place() {
    killed_at_every_place("sqlite.", Place::sqlite);
}

#[test]
fn postgres_killed_at_every_place() {
    if Place::postgres(SCHEMA).is_none() {
        return;
    }
    killed_at_every_place("postgres.", || Place::postgres(SCHEMA).expect("it was there"));
}
