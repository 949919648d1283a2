//! [`World`]: a source that keeps to what a connector says of it, and a place for its rows.

use connector_tests::sim::{
    Collection, DAY, Endpoint, Filter, HOUR, Kind, Order, Paging, Random, SECOND, SimApi, Source,
    instant,
};

use crate::manner::{self, Manner};
use crate::store::Store;
use crate::variant::{Incremental, Resource, Setup, Variant};

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

impl World {
    /// One that the random numbers decide.
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
            let appends = |parent: &str| variant.resource(parent).append;
            collection.comes_along = resource.parent.is_some_and(appends);
            collection.touches &= !collection.comes_along;
            collection.scopes = if resource.by_team { teams.clone() } else { Vec::new() };
            collection
        });
        let collections: Vec<_> = collections.collect();
        let endpoints: Vec<_> = variant
            .resources
            .iter()
            .map(|resource| (resource.name, endpoint(resource, &manner, &mut random)))
            .collect();
        if let Some(meddling) = &mut manner.meddling {
            manner::restrain(meddling, &variant, &endpoints);
        }
        manner.filters &= endpoints.iter().all(|(_, e)| e.filter == Filter::Exact);
        let pace = *random.pick(&[2_000, SECOND, 20 * SECOND]);
        let source = Source::new(START - 12 * HOUR, collections);
        let api = SimApi::new(source, endpoints, random.fork()).dated(manner.dated).pace(pace);
        let setup = Setup { start: instant(START), teams };
        let store = if random.chance(SQLITE) { Store::sqlite() } else { Store::memory() };
        let batch_rows = *random.pick(&[1, 1, 4, 10, 8_192]);
        let world = Self { variant, setup, api, store, random, manner, batch_rows };
        world.api.say(format!("{manner:?}"));
        world
    }

    /// An empty one at the start of the setup, with pages of one size, for schedules by hand.
    pub(crate) fn by_hand(variant: Variant, manner: Manner, size: usize) -> Self {
        let collections = variant.resources.iter().map(|resource| {
            let mut collection = Collection::new(resource.name, resource.kind());
            collection.parent = resource.parent;
            collection
        });
        let source = Source::new(START, collections.collect());
        let endpoints = variant.resources.iter().map(|resource| {
            let order = resource.incremental.and_then(|incremental| incremental.order);
            let endpoint = Endpoint::new(resource.paging, order.unwrap_or(Order::Id), size);
            (resource.name, Endpoint { bounds: bounds(resource), ..endpoint })
        });
        let api = SimApi::new(source, endpoints.collect::<Vec<_>>(), Random::new(1));
        Self {
            api: api.dated(manner.dated).pace(1_000),
            setup: Setup { start: instant(START), teams: vec!["red".to_owned()] },
            store: Store::memory(),
            random: Random::new(1),
            manner,
            batch_rows: 1,
            variant,
        }
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
        _ if manner.lies => Filter::Exact,
        0 if resource.kind() == (Kind::Instant { grain: 1 }) => Filter::Day,
        1 => Filter::Ignored,
        _ => Filter::Exact,
    };
    Endpoint {
        bounds: bounds(resource),
        least: if random.chance(30) { 1 } else { most },
        total: resource.paging == Paging::Offset && random.chance(50),
        unit: resource.incremental.map_or(SECOND, |Incremental { unit, .. }| unit),
        filter,
        until_is_closed: random.chance(30),
        ..Endpoint::new(resource.paging, order, most)
    }
}

/// The bounds that reach the API.
fn bounds(resource: &Resource) -> &'static [&'static str] {
    match resource.incremental {
        Some(Incremental { since: true, until: true, .. }) => &["since", "until"],
        Some(Incremental { since: true, .. }) => &["since"],
        _ => &[],
    }
}
