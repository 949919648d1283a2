//! The database goes away while the program is in the middle of something with it: the program waits
//! at a named place, by SIGSTOP, while that happens.

use std::thread;
use std::time::Duration;

use connector_tests::{Child, Cluster, Outcome};
use rustix::process::Signal;

use super::{Place, SCHEMA, Story, serve};

/// Places of a load that is under way: in the middle of a look, of `COPY`, of a merge, before and after a commit.
const PLACES: [&str; 8] = [
    "postgres.look.middle",
    "postgres.copy.middle",
    "postgres.write.merged",
    "postgres.write.before_commit",
    "postgres.write.after_commit",
    "postgres.end.published",
    "postgres.end.before_commit",
    "postgres.end.after_commit",
];

const RESOURCES: [&str; 6] = ["upserted", "appended", "replaced", "days", "history", "nested"];

/// Runs the load up to a place, does something there, and lets it go on. `None`: it never came there.
fn interrupted(story: &Story, place: &str, then: impl FnOnce()) -> Option<Outcome> {
    let server = serve(&story.new);
    let child = Child::default();
    let command = story.command(&server, Some(&format!("{place}:1:STOP")));
    thread::scope(|scope| {
        let run = scope.spawn(|| child.run(command));
        while !run.is_finished() {
            if child.is_stopped() {
                then();
                child.signal(Signal::CONT);
                return Some(run.join().expect("no panic"));
            }
            thread::sleep(Duration::from_millis(1));
        }
        let outcome = run.join().expect("no panic");
        assert_eq!(outcome.code(), 0, "{}, {place}: {outcome:?}", story.resource);
        None
    })
}

/// Back at once: the load goes on, or fails and says so; never is there anything twice, or half.
#[test]
fn postgres_stopped_and_started_again_at_every_place() {
    let Some(cluster) = Cluster::start() else { return };
    let mut reached = PLACES.map(|place| (place, 0));
    for resource in RESOURCES {
        let story = Story::begin(resource, Place::Postgres(cluster.database(), SCHEMA));
        for (place, count) in &mut reached {
            let story = story.again();
            let outcome = interrupted(&story, place, || {
                cluster.stop_immediate();
                cluster.restart();
            });
            let Some(outcome) = outcome else { continue };
            *count += 1;
            let found = story.assert_true(place);
            match outcome.code() {
                0 => {
                    let expected = story.before.clone().load(resource, &story.new, true);
                    found.assert_is(&expected, &format!("{resource}, {place}: success"));
                }
                code => assert_eq!(code, 5, "{resource}, {place}: {outcome:?}"),
            }
            story.assert_completes(found, place);
        }
    }
    for (place, count) in reached {
        assert!(count > 0, "{place} was never reached");
    }
}

/// Gone for longer than it is waited for: an error that says what, and nothing is lost.
#[test]
fn postgres_that_stays_away_fails_the_load() {
    let Some(cluster) = Cluster::start() else { return };
    for (resource, place) in
        [("upserted", "postgres.write.before_commit"), ("appended", "postgres.copy.middle")]
    {
        let story = Story::begin(resource, Place::Postgres(cluster.database(), SCHEMA));
        let outcome = interrupted(&story, place, || cluster.stop_immediate());
        cluster.restart();
        let outcome = outcome.unwrap_or_else(|| panic!("{place} was not reached"));
        assert_eq!(outcome.code(), 5, "{outcome:?}");
        let found = story.assert_true(place);
        story.assert_completes(found, place);
    }
}
