//! [`World`]: a source that keeps to what a connector says of it, and a place for its rows. Which
//! behaviour a declaration allows is decided here, and listed in `main.rs`.

use connector_tests::sim::{
    Collection, DAY, Endpoint, Filter, HOUR, Habits, Kind, MINUTE, Meddling, Order, Paging, Random,
    Removes, SECOND, SimApi, Source, instant,
};

use crate::store::Store;
use crate::variant::{Incremental, Missing, Resource, Setup, Variant};

/// 2024-01-01T00:00:00Z, which is where first loads begin.
pub(crate) const START: i64 = 1_704_067_200 * SECOND;

/// Of so many schedules in a hundred the rows go into a database.
const SQLITE: u64 = 5;

/// Everything that outlives a run.
pub(crate) struct World {
    pub(crate) variant: Variant,
    pub(crate) setup: Setup,
    pub(crate) api: SimApi,
    pub(crate) store: Store,
    pub(crate) random: Random,
    pub(crate) manner: Manner,
    /// Rows that are written together.
    pub(crate) batch_rows: usize,
}

/// How the source of a schedule behaves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// How much our clock is ahead of the API's.
    pub(crate) skew: i64,
    /// The API tells its time.
    pub(crate) dated: bool,
    /// How the source changes between runs.
    pub(crate) habits: Habits,
    /// How it changes during runs, if it may.
    pub(crate) meddling: Option<Meddling>,
    /// The server heeds the lower bound.
    pub(crate) filters: bool,
}

impl World {
    pub(crate) fn new(variant: Variant, mut manner: Manner, mut random: Random) -> Self {
        let teams: Vec<String> = ["red", "green", "blue/1", "sea green"]
            .iter()
            .take(1 + random.below(4))
            .map(ToString::to_string)
            .collect();
        let grain = manner.grain(&variant, &mut random);
        let collections = variant.resources.iter().map(|resource| {
            let mut collection = Collection::new(resource.name, kind(resource, grain));
            collection.parent = resource.parent;
            // children of an incremental parent are read for changed parents only
            collection.touches = resource.parent.is_some_and(|name| changes_tell(&variant, name));
            collection.scopes = if resource.by_team { teams.clone() } else { Vec::new() };
            collection
        });
        let source = Source::new(START - 12 * HOUR, collections.collect());
        let endpoints: Vec<_> = variant
            .resources
            .iter()
            .map(|resource| (resource.name, endpoint(resource, &manner, &mut random)))
            .collect();
        if let Some(meddling) = &mut manner.meddling {
            restrain(meddling, &endpoints);
        }
        manner.filters &= endpoints.iter().all(|(_, e)| e.filter == Filter::Exact);
        let pace = *random.pick(&[2_000, SECOND, 20 * SECOND]);
        let api = SimApi::new(source, endpoints, random.fork()).dated(manner.dated).pace(pace);
        let setup = Setup { start: instant(START), teams };
        let store = if random.chance(SQLITE) { Store::sqlite() } else { Store::memory() };
        let batch_rows = *random.pick(&[1, 1, 4, 10, 8_192]);
        let world = Self { variant, setup, api, store, random, manner, batch_rows };
        world.api.say(format!("{manner:?}"));
        world
    }

    /// What there is before the first run: some of it from before the start.
    pub(crate) fn begin(&mut self) {
        let rows = *self.random.pick(&[0, 4, 15, 30, 60]);
        let habits = self.manner.habits;
        let apart = 3 * DAY / (rows + 1);
        for _ in 0..rows {
            let time = self.random.between(1, 2 * apart);
            self.api.source(|source, random| {
                source.advance(time);
                source.change(random, habits, 1);
            });
        }
    }

    /// The present as this machine sees it.
    pub(crate) fn now(&self) -> i64 {
        self.api.source(|source, _| source.now) + self.manner.skew
    }
}

impl Manner {
    /// One that the variant allows.
    pub(crate) fn of(variant: &Variant, random: &mut Random) -> Self {
        let dated = random.chance(60);
        let skews =
            [0, 0, 0, 5 * MINUTE, -5 * MINUTE, 2 * HOUR, -2 * HOUR, 7 * HOUR, -SECOND, SECOND];
        let mut skew = *random.pick(&skews);
        // a window in the API's future is empty, and complete
        let steps = variant.any(|resource| resource.incremental.is_some_and(|i| i.step));
        if steps && !dated {
            skew = skew.min(0);
        }
        let append = variant.any(|resource| resource.append);
        let tombstones = variant.any(|resource| resource.tombstones);
        let removes = match random.below(3) {
            _ if append => Removes::Never,
            0 => Removes::Never,
            1 if tombstones => Removes::Telling,
            _ => Removes::Silently,
        };
        let lags = variant.resources.iter().filter(|resource| resource.incremental.is_some());
        let habits = Habits {
            updates: !append,
            removes,
            lag: lags.map(Resource::lag).min().unwrap_or_default(),
            ties: random.chance(50),
            missing: variant.any(|r| r.incremental.is_some_and(|i| i.missing != Missing::None)),
        };
        let mut manner = Self { skew, dated, habits, meddling: None, filters: true };
        let may = variant.resources.iter().all(|resource| manner.may_meddle(variant, resource));
        if may && random.chance(70) {
            let percent = *random.pick(&[10, 30, 80]);
            manner.meddling = Some(Meddling { habits, percent, left: 12 });
        }
        manner
    }

    /// Whether rows may change while a resource is read.
    fn may_meddle(&self, variant: &Variant, resource: &Resource) -> bool {
        // nothing keeps a cursor from the API's future
        let ahead = self.skew > 0 && !self.dated;
        let by_position = matches!(resource.paging, Paging::Offset | Paging::Page);
        let Some(incremental) = &resource.incremental else {
            // what is missed is read the next time
            return !(by_position || ahead && resource.parent.is_some());
        };
        let is_tree = variant.resources.len() > 1;
        match (incremental.is_time(), incremental.order) {
            (true, _) if by_position => !ahead,
            (true, Some(Order::Desc)) => !ahead || !is_tree,
            (true, Some(Order::Asc)) => {
                !ahead || (!is_tree && incremental.lag == 0 && incremental.kind != Kind::Date)
            }
            (true, _) => !ahead,
            (false, Some(Order::Asc)) => !by_position && incremental.lag == 0,
            (false, Some(Order::Desc)) => !by_position,
            (false, _) => false,
        }
    }

    /// What instants of the source are cut to.
    fn grain(&self, variant: &Variant, random: &mut Random) -> i64 {
        // later rows are greater than those that were seen
        let open = variant.any(|resource| resource.incremental.is_some_and(|i| i.open));
        let ahead = self.skew > 0 && !self.dated;
        let is_tree = variant.any(|resource| resource.parent.is_some());
        match () {
            () if open || (ahead && (is_tree || self.meddling.is_some())) => 1,
            // a parent that changes twice is to be told apart
            () if is_tree => *random.pick(&[1, 1_000, SECOND]),
            () => *random.pick(&[1, 1_000, SECOND, 10 * SECOND, MINUTE]),
        }
    }
}

/// Whether a change of a child has to be seen in its parents.
fn changes_tell(variant: &Variant, parent: &str) -> bool {
    let parent = variant.resource(parent);
    parent.incremental.is_some() || parent.parent.is_some_and(|name| changes_tell(variant, name))
}

fn kind(resource: &Resource, grain: i64) -> Kind {
    match resource.kind() {
        Kind::Instant { .. } => Kind::Instant { grain },
        kind => kind,
    }
}

fn endpoint(resource: &Resource, manner: &Manner, random: &mut Random) -> Endpoint {
    let any = [Order::Desc, Order::Id, Order::Shuffled, Order::Asc];
    // a row that moves to the end again and again looks like a page that comes round again
    let moves = resource.incremental.is_none() && manner.meddling.is_some();
    let declared = resource.incremental.and_then(|incremental| incremental.order);
    let order = declared.unwrap_or_else(|| *random.pick(if moves { &any[..3] } else { &any }));
    let most = 1 + random.below(7);
    let filter = match random.below(10) {
        0 if resource.kind() == (Kind::Instant { grain: 1 }) => Filter::Day,
        1 => Filter::Ignored,
        _ => Filter::Exact,
    };
    let bounds: &[&str] = match resource.incremental {
        Some(Incremental { since: true, until: true, .. }) => &["since", "until"],
        Some(Incremental { since: true, .. }) => &["since"],
        _ => &[],
    };
    Endpoint {
        bounds,
        least: if random.chance(30) { 1 } else { most },
        total: resource.paging == Paging::Offset && random.chance(50),
        unit: resource.incremental.map_or(SECOND, |Incremental { unit, .. }| unit),
        filter,
        until_is_closed: random.chance(30),
        ..Endpoint::new(resource.paging, order, most)
    }
}

/// Where rows are counted, they come at the end only while they are.
fn restrain(meddling: &mut Meddling, endpoints: &[(&'static str, Endpoint)]) {
    let by_position =
        |endpoint: &Endpoint| matches!(endpoint.paging, Paging::Offset | Paging::Page);
    let mut counted = endpoints.iter().filter(|(_, endpoint)| by_position(endpoint)).peekable();
    if counted.peek().is_none() {
        return;
    }
    let at_end = counted.all(|(_, endpoint)| matches!(endpoint.order, Order::Asc | Order::Id));
    let habits = &mut meddling.habits;
    *habits = Habits { updates: false, removes: Removes::Never, lag: 0, missing: false, ..*habits };
    if !at_end {
        meddling.left = 0;
    }
}
