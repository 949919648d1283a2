//! Two runs at once on one dataset: the result is that of one after the other.

use std::thread;
use std::time::Duration;

use connector_tests::Child;

use super::moments::Random;
use super::{Place, SCHEMA, Story, model, serve};

/// Pairs of runs for each destination.
const PAIRS: u64 = 50;

/// One brings the new version of the API, one the old.
fn two_at_once(place: impl Fn() -> Place) {
    let mut random = Random::seeded();
    let resources = ["upserted", "appended", "replaced", "history", "nested"];
    let old = model::rows(1);
    for resource in resources {
        let story = Story::begin(resource, place());
        let after = |first, second| {
            story.before.clone().load(resource, first, true).load(resource, second, true)
        };
        let (new_first, old_first) = (after(&story.new, &old), after(&old, &story.new));
        for _ in 0..PAIRS / resources.len() as u64 {
            let story = story.again();
            let servers = [serve(&story.new), serve(&old)];
            let wait = Duration::from_micros(random.below(30_000));
            thread::scope(|scope| {
                let runs = servers.each_ref().map(|server| {
                    let command = story.command(server, None);
                    let run = scope.spawn(|| Child::default().run(command));
                    thread::sleep(wait);
                    run
                });
                for run in runs {
                    let outcome = run.join().expect("no panic");
                    assert_eq!(outcome.code(), 0, "{resource}, {wait:?}: {outcome:?}");
                }
            });
            let found = story.table();
            if found != new_first {
                found.assert_is(&old_first, &format!("{resource}, {wait:?} between them"));
            }
            let sql = "SELECT status, count(*) FROM _connector_loads GROUP BY status";
            let log = story.place.query(sql);
            assert_eq!(log, [[Some("done".to_owned()), Some("3".to_owned())]]);
        }
    }
}

#[test]
fn sqlite_two_runs_at_once() {
    two_at_once(Place::sqlite);
}

#[test]
fn postgres_two_runs_at_once() {
    if Place::postgres(SCHEMA).is_none() {
        return;
    }
    two_at_once(|| Place::postgres(SCHEMA).expect("it was there"));
}
