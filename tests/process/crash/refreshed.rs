//! Killed in the middle of a full refresh: what was there is there, rows and state, or all that is new.

use connector_runtime::testing::fail::POINTS;
use connector_tests::Child;

use super::model::Table;
use super::{Place, SCHEMA, Story, serve, was_killed};

/// Kinds of writing that a refresh makes something else of.
const RESOURCES: [&str; 5] = ["upserted", "appended", "nested", "days", "swept"];

fn killed_at_every_place(destination: &str, place: impl Fn() -> Place) {
    let ours = |point: &&&str| point.starts_with(destination) && !point.contains(".publish.");
    for resource in RESOURCES {
        let story = Story::begin(resource, place());
        let server = serve(&story.new);
        // as the first load would have it
        let after = Table::default().load(resource, &story.new, true);
        let mut kills = 0;
        for point in POINTS.iter().filter(ours) {
            let (story, fail_point) = (story.again(), format!("{point}:1:KILL"));
            let (before, _) = story.state();
            let refresh = |fail_point: Option<&str>| {
                let mut command = story.command(&server, fail_point);
                command.arg("--full-refresh");
                Child::default().run(command)
            };
            let outcome = refresh(Some(&fail_point));
            if !was_killed(&outcome) {
                assert_eq!(outcome.code(), 0, "{resource}, {fail_point}: {outcome:?}");
                continue;
            }
            kills += 1;
            story.place.wait_until_alone();
            let (state, [first, _]) = story.state();
            match state["load_id"] == first {
                true => {
                    assert_eq!(state, before, "{resource}, {fail_point}");
                    story.table().assert_is(&story.before, &format!("{resource}, {fail_point}"));
                }
                false => story.table().assert_is(&after, &format!("{resource}, {fail_point}")),
            }
            story.assert_children(&fail_point);
            let outcome = refresh(None);
            assert_eq!(outcome.code(), 0, "{resource}, {fail_point}: {outcome:?}");
            story.table().assert_is(&after, &format!("{resource}, after {fail_point}"));
            story.assert_children(&fail_point);
            let leftovers = story.place.leftovers();
            assert!(leftovers.is_empty(), "{resource}, {fail_point}: {leftovers:?}");
        }
        assert!(kills >= 3, "{resource} was killed at {kills} places only");
    }
}

#[test]
fn sqlite_killed_while_everything_is_read_anew() {
    killed_at_every_place("sqlite.", Place::sqlite);
}

#[test]
fn postgres_killed_while_everything_is_read_anew() {
    if Place::postgres(SCHEMA).is_none() {
        return;
    }
    killed_at_every_place("postgres.", || Place::postgres(SCHEMA).expect("it was there"));
}
