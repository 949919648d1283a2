//! Killed at random moments.

use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use connector_tests::{Child, Server};
use rustix::process::Signal;

use super::points::RESOURCES;
use super::{Place, SCHEMA, Story, answer, was_killed};

/// Kills for each destination.
const KILLS: usize = 200;
/// Requests of a load.
const REQUESTS: u64 = 3;
/// The longest wait after a request, in microseconds: some of the kills come after the last commit.
const LONGEST: u64 = 80_000;

/// Numbers that look random and are always the same for one seed (SplitMix64).
pub(super) struct Random(u64);

impl Random {
    /// Another one with each run, told for the case that it fails; `CRASH_SEED` repeats one.
    pub(super) fn seeded() -> Self {
        let given = std::env::var("CRASH_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            now.map_or(1, |now| now.as_micros() as u64)
        });
        println!("to repeat it: CRASH_SEED={seed}");
        Self(seed)
    }

    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// The moment is a request and a wait after it, which may come before the page, between two commits
/// or within one; what is asserted holds for any of them.
fn killed_at_random_moments(place: impl Fn() -> Place) {
    let mut random = Random::seeded();
    let stories = RESOURCES.map(|resource| Story::begin(resource, place()));
    let mut kills = 0;
    for story in stories.iter().cycle().take(KILLS) {
        let request = 1 + random.below(REQUESTS) as usize;
        let wait = Duration::from_micros(random.below(LONGEST));
        let moment = format!("{wait:?} after request {request}");
        let (story, child) = (story.again(), Child::default());
        let server = Server::start({
            let (rows, child) = (story.new.clone(), child.clone());
            move |received| {
                if received.number == request {
                    let child = child.clone();
                    thread::spawn(move || {
                        thread::sleep(wait);
                        child.signal(Signal::KILL);
                    });
                }
                answer(&rows, received)
            }
        });
        let outcome = child.run(story.command(&server, None));
        // it may have come to its end before
        assert!(was_killed(&outcome) || outcome.code() == 0, "{moment}: {outcome:?}");
        kills += usize::from(was_killed(&outcome));
        let found = story.assert_true(&moment);
        story.assert_completes(found, &moment);
    }
    println!("{kills} of {KILLS} were killed");
    assert!(kills > KILLS / 4, "only {kills} of {KILLS} were killed before their end");
}

#[test]
fn sqlite_killed_at_random_moments() {
    killed_at_random_moments(Place::sqlite);
}

#[test]
fn postgres_killed_at_random_moments() {
    if Place::postgres(SCHEMA).is_none() {
        return;
    }
    killed_at_random_moments(|| Place::postgres(SCHEMA).expect("it was there"));
}
