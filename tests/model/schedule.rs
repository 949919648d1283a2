//! A schedule: what a seed makes of a connector, its source and its runs.

use std::panic::{AssertUnwindSafe, catch_unwind};

use connector_runtime::destination::Part;
use connector_tests::sim::{DAY, HOUR, MINUTE, Random, SECOND};

use crate::check::{self, Checked, States};
use crate::manner::Manner;
use crate::run::{Outcome, Share, Wrong, run, run_at_once};
use crate::variant::{Resource, Variant};
use crate::world::{START, World};
use crate::{flat, tree, wide};

/// What was done, over many schedules.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) runs: usize,
    pub(crate) crashed: usize,
    pub(crate) failed: usize,
    pub(crate) resumed: usize,
    pub(crate) refused: usize,
    /// Runs after which windows were complete behind a hole.
    pub(crate) holes: usize,
    /// Runs after which a scan was left to be gone on with.
    pub(crate) scans: usize,
    pub(crate) requests: usize,
}

/// A schedule that did not end as it should.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) seed: u64,
    pub(crate) variant: &'static str,
    pub(crate) what: String,
    pub(crate) log: Vec<String>,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.runs += other.runs;
        self.crashed += other.crashed;
        self.failed += other.failed;
        self.resumed += other.resumed;
        self.refused += other.refused;
        self.holes += other.holes;
        self.scans += other.scans;
        self.requests += other.requests;
    }
}

impl Tally {
    fn count(&mut self, world: &World, outcome: &Outcome) {
        let states = || {
            let resources = world.variant.resources.iter();
            resources.flat_map(|resource| world.store.states(resource)).map(|(_, state)| state)
        };
        self.holes += usize::from(states().any(|state| !state.windows.is_empty()));
        self.scans += usize::from(states().any(|state| state.scan.is_some()));
        self.runs += 1;
        self.requests += outcome.seen.all();
        self.resumed += outcome.seen.resumed;
        self.refused += outcome.seen.refused;
        match &outcome.report {
            None => self.crashed += 1,
            Some(report) if !report.is_done() => self.failed += 1,
            Some(_) => {}
        }
    }
}

/// Every connector of the model.
pub(crate) fn variants() -> Vec<Variant> {
    [flat::merged(), flat::appended(), wide::all(), tree::all()].into_iter().flatten().collect()
}

/// Plays the schedule of a seed.
pub(crate) fn play(seed: u64) -> Result<Tally, Broken> {
    let mut variants = variants();
    // each connector in turn
    let variant = variants.swap_remove((seed % variants.len() as u64) as usize);
    play_so(seed, variant, |_| {})
}

/// Plays a schedule of a connector whose source behaves otherwise than the seed says.
pub(crate) fn play_so(
    seed: u64,
    mut variant: Variant,
    behave: impl Fn(&mut Manner),
) -> Result<Tally, Broken> {
    let mut random = Random::new(seed);
    let mut manner = Manner::of(&mut variant, &mut random);
    behave(&mut manner);
    let name = variant.name;
    let mut world = World::new(variant, manner, random);
    let mut tally = Tally::default();
    let gone = catch_unwind(AssertUnwindSafe(|| go(&mut world, &mut tally)));
    match gone.unwrap_or_else(|_| Err("it panicked".to_owned())) {
        Ok(()) => Ok(tally),
        Err(what) => {
            let log = world.api.source(|source, _| std::mem::take(&mut source.log));
            Err(Broken { seed, variant: name, what, log })
        }
    }
}

fn go(world: &mut World, tally: &mut Tally) -> Checked {
    world.begin();
    for _ in 0..world.random.between(2, 8) {
        pass_time(world);
        world.api.meddle(world.manner.meddling);
        let share = share(world);
        let wrong = match world.manner.lies {
            true => Wrong::default(),
            false => Wrong::any(&world.variant, &mut world.random),
        };
        let nothing_is_wrong = wrong.request.is_none() && wrong.commit.is_none();
        let before = States::of(world);
        let outcome = run(world, wrong, share);
        if share.range.is_some() {
            check::is_untouched(world, &before)?;
        }
        tally.count(world, &outcome);
        if nothing_is_wrong {
            check::is_done(&outcome)?;
        }
        check::after_run(world, &outcome)?;
    }
    world.api.meddle(None);
    settle(world, tally)?;
    check::is_equal(world)
        .map_err(|what| format!("after the last run the table is not the source: {what}"))?;
    let before = States::of(world);
    let outcome = run(world, Wrong::default(), Share { in_order: true, ..Share::default() });
    tally.count(world, &outcome);
    check::is_done(&outcome)?;
    check::after_run(world, &outcome)?;
    check::is_equal(world)?;
    check::asks_little(world, &before, &outcome.seen)
}

/// Time between runs, in which the source changes.
fn pass_time(world: &mut World) {
    let random = &mut world.random;
    let longest = *random.pick(&[MINUTE, MINUTE, HOUR, 8 * HOUR, 30 * HOUR]);
    let time = random.between(SECOND, longest);
    let changes = random.below(7);
    let forgets = random.chance(25);
    let habits = world.manner.habits;
    world.api.source(|source, random| {
        source.advance(time);
        if changes > 0 {
            source.change(random, habits, changes);
        }
    });
    if forgets {
        world.api.say("cursors are forgotten".to_owned());
        world.api.forget();
    }
}

/// All that changed can be seen; two runs later it has been.
fn settle(world: &mut World, tally: &mut Tally) -> Checked {
    let lag = world.variant.resources.iter().map(Resource::lag).max().unwrap_or_default();
    let time = world.manner.skew.abs() + lag + 2 * DAY;
    world.api.source(|source, _| source.advance(time));
    let shares = shares(world);
    let at_once = world.random.chance(50);
    for _ in 0..2 {
        let outcomes = match at_once {
            true => run_at_once(world, &shares),
            false => shares.iter().map(|share| run(world, Wrong::default(), *share)).collect(),
        };
        for outcome in &outcomes {
            tally.count(world, outcome);
            check::is_done(outcome)?;
            check::after_run(world, outcome)?;
        }
    }
    Ok(())
}

/// Whether the connector is divided: it has something to divide, and can be read in parts.
fn is_divided(world: &mut World) -> bool {
    let can = world.variant.any(Resource::has_scope)
        && !world.variant.any(|resource| resource.append || resource.removes_missing);
    can && world.random.chance(25)
}

/// What a run loads: mostly everything.
fn share(world: &mut World) -> Share {
    if let Some(range) = range(world) {
        return Share { range: Some(range), ..Share::default() };
    }
    if is_divided(world) {
        let of = world.random.between(2, 3) as u32;
        let index = 1 + world.random.below(of as usize) as u32;
        return Share { part: Some(Part { index, of }), ..Share::default() };
    }
    let only = world.variant.resources.len() > 1 && world.random.chance(15);
    let only = only.then(|| world.random.pick(&world.variant.resources).name);
    Share { only, ..Share::default() }
}

/// What some run has loaded, or not, is loaded again.
fn range(world: &mut World) -> Option<(i64, i64)> {
    let is_time = |resource: &Resource| {
        resource.incremental.is_some_and(|incremental| incremental.is_time()) && !resource.append
    };
    let can = world.variant.resources.iter().all(is_time);
    let now = world.api.source(|source, _| source.now);
    let from = START + world.random.between(0, (now - START).max(0));
    let to = from + world.random.between(SECOND, 3 * DAY);
    (can && world.random.chance(8)).then_some((from, to))
}

/// Those that read everything together: all of it, the same twice, or all parts of a division.
fn shares(world: &mut World) -> Vec<Share> {
    if !is_divided(world) {
        let runs = if world.random.chance(15) { 2 } else { 1 };
        return vec![Share::default(); runs];
    }
    let of = world.random.between(2, 4) as u32;
    let share = |index| Share { part: Some(Part { index, of }), ..Share::default() };
    let mut shares: Vec<Share> = (1..=of).map(share).collect();
    let turn = world.random.below(shares.len());
    shares.rotate_left(turn);
    shares
}
