//! A simulated API against random schedules of runs, crashes and resumes: in the end the table is
//! what the source is, and after every run, however it ended, no state says more than what is there.
//!
//! A seed decides everything: which connector (`flat.rs`, `wide.rs`, `tree.rs`), how its source behaves (`world.rs`),
//! what changes between runs and during them, what goes wrong with requests, commits and processes
//! (`run.rs`, `schedule.rs`). `check.rs` has what must hold.
//!
//! ```text
//! MODEL_SEED=123 cargo test -p connector-tests --test model      # this one, with all that happened
//! MODEL_SEEDS=100000 cargo test -p connector-tests --test model  # so many
//! ```
//!
//! What a declaration needs of its source is a section of `docs/incremental.md`: the model asks for
//! nothing else.

mod check;
mod declare;
mod faulty;
mod flat;
mod manner;
mod regress;
mod run;
mod schedule;
mod store;
mod tree;
mod variant;
mod wide;
mod world;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use connector_tests::sim::{HOUR, MINUTE};
use manner::Manner;
use schedule::{Broken, Tally, play, play_so, variants};

/// Schedules of an ordinary test run.
const SEEDS: u64 = 3_000;

/// So many broken ones are enough.
const ENOUGH: usize = 40;

#[test]
fn the_table_ends_as_the_source_is() {
    if let Some(seed) = number("MODEL_SEED") {
        match play(seed) {
            Ok(tally) => return println!("seed {seed}: {tally:?}"),
            Err(broken) => panic!("{}", tell(&broken, usize::MAX)),
        }
    }
    let seeds = number("MODEL_SEEDS").unwrap_or(SEEDS);
    let (tally, broken) = play_all(seeds);
    println!("{seeds} schedules: {tally:?}");
    let told: Vec<String> = broken.iter().map(|broken| tell(broken, 60)).collect();
    assert!(broken.is_empty(), "{}", told.join("\n\n"));
    // what does not happen is not tested; of a few schedules, nothing need happen
    if seeds < SEEDS {
        return;
    }
    for (what, times) in [
        ("crashed", tally.crashed),
        ("failed", tally.failed),
        ("resumed", tally.resumed),
        ("refused", tally.refused),
        ("left holes", tally.holes),
        ("left scans", tally.scans),
    ] {
        assert!(times as u64 > seeds / 100, "runs that {what}: {times}");
    }
}

/// The first schedules, on every core.
fn play_all(seeds: u64) -> (Tally, Vec<Broken>) {
    let next = AtomicU64::new(0);
    let found = Mutex::new((Tally::default(), Vec::new()));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            let is_enough = || found.lock().expect("no panic").1.len() >= ENOUGH;
            if seed >= seeds || is_enough() {
                return;
            }
            let played = play(seed);
            let mut found = found.lock().expect("no panic");
            match played {
                Ok(tally) => found.0 += tally,
                Err(broken) => found.1.push(broken),
            }
        }
    };
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(work);
        }
    });
    found.into_inner().expect("no panic")
}

fn tell(broken: &Broken, lines: usize) -> String {
    let Broken { seed, variant, what, log } = broken;
    let skipped = log.len().saturating_sub(lines);
    let log = log[skipped..].join("\n");
    let again = format!("MODEL_SEED={seed} cargo test -p connector-tests --test model");
    format!("seed {seed}, {variant}: {what}\n{log}\nseed {seed}, {variant}: {what}\n{again}")
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable}={text} is no number")))
}

/// What happens to a connector whose source breaks its word, in some schedule of many.
fn breaks(name: &str, behave: impl Fn(&mut Manner)) {
    let variant = || variants().into_iter().find(|variant| variant.name == name);
    let play = |seed| play_so(seed, variant().expect("a connector"), &behave);
    let broken = (0..400).find_map(|seed| play(seed).err()).expect("nothing was noticed");
    let lost = ["is missing", ", not ", "the cursor of"];
    assert!(lost.iter().any(|lost| broken.what.contains(lost)), "{broken:?}");
}

#[test]
fn rows_that_come_later_than_declared_are_missed() {
    breaks("asc_cursor", |manner| manner.habits.lag = 2 * HOUR);
    breaks("any_lag_cursor", |manner| manner.habits.lag = 40 * MINUTE);
}

#[test]
fn ties_that_come_later_are_missed_where_equal_rows_are_dropped() {
    breaks("numbers_asc_open_offset", |manner| manner.habits.lag = 1);
}

#[test]
fn every_connector_has_its_turn() {
    assert!(SEEDS >= 20 * variants().len() as u64);
}
