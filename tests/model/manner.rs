//! [`Manner`]: how the source of a schedule behaves. Which behaviour a declaration allows is decided
//! here, and listed in `main.rs`.

use connector_tests::sim::{
    Endpoint, Filter, HOUR, Habits, Kind, MINUTE, Meddling, Order, Random, Removes, SECOND,
};

use crate::variant::{Incremental, Missing, Resource, Variant};

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
    /// Rows come in another order than was declared. Nothing goes wrong besides: as long as that is not
    /// noticed, what is committed is taken for more than it is.
    pub(crate) lies: bool,
}

impl Manner {
    /// Nothing happens by itself.
    pub(crate) const STILL: Self = Self {
        skew: 0,
        dated: false,
        habits: Habits {
            updates: true,
            removes: Removes::Never,
            lag: 0,
            ties: false,
            missing: false,
            future: false,
        },
        meddling: None,
        filters: true,
        lies: false,
    };

    /// One that the variant allows. Where the declared order is a lie, the variant no longer has one.
    pub(crate) fn of(variant: &mut Variant, random: &mut Random) -> Self {
        let lies = may_lie(variant) && random.chance(10);
        if lies {
            variant.resources.iter_mut().for_each(Resource::forget_order);
        }
        let dated = random.chance(60);
        let skews =
            [0, 0, 0, 5 * MINUTE, -5 * MINUTE, 2 * HOUR, -2 * HOUR, 7 * HOUR, -SECOND, SECOND];
        let mut skew = *random.pick(&skews);
        // a window in the API's future is empty, and complete; a scan that is gone on with by a later run
        // is read while rows change
        let needs_time = |i: Incremental| i.step || (i.is_time() && i.order.is_none());
        if variant.any(|resource| resource.incremental.is_some_and(needs_time)) && !dated {
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
            future: may_have_future(variant) && (skew <= 0 || dated) && random.chance(20),
        };
        let mut manner = Self { skew, dated, habits, meddling: None, filters: true, lies };
        let may = variant.resources.iter().all(|resource| manner.may_meddle(variant, resource));
        if may && random.chance(70) {
            let percent = *random.pick(&[10, 30, 80]);
            // what comes meanwhile comes at the end
            manner.habits.future &= !variant.any(Resource::is_counted);
            let habits = manner.habits;
            manner.meddling = Some(Meddling { habits, percent, left: 12 });
        }
        manner
    }

    /// Whether rows may change while a resource is read.
    fn may_meddle(&self, variant: &Variant, resource: &Resource) -> bool {
        // nothing keeps a cursor from the API's future
        let ahead = self.skew > 0 && !self.dated;
        let by_position = resource.is_counted();
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
    pub(crate) fn grain(&self, variant: &Variant, random: &mut Random) -> i64 {
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

/// Whether cursors may be those of times to come: not where they are left for a later load that may not
/// ask for them.
fn may_have_future(variant: &Variant) -> bool {
    !variant.any(|resource| resource.parent.is_some() && resource.append)
}

/// Whether a declared order that is not kept can be noticed before rows are lost: not where pages end
/// with the first row that is not asked for, nor where a scan goes on from the greatest value.
fn may_lie(variant: &Variant) -> bool {
    let is_declared = |resource: &Resource| {
        resource.incremental.is_some_and(|i| i.order.is_some() && i.since && !i.until)
    };
    variant.resources.len() == 1 && variant.any(is_declared) && !variant.any(Resource::leaps)
}

/// Where rows are counted, they come at the end only while they are; and nothing helps where a scan
/// cannot go on by the cursor, as the server does not heed it.
pub(crate) fn restrain(
    meddling: &mut Meddling,
    variant: &Variant,
    endpoints: &[(&'static str, Endpoint)],
) {
    let of = |is: fn(&Resource) -> bool| {
        let is = move |(name, _): &&(&'static str, Endpoint)| is(variant.resource(name));
        endpoints.iter().filter(is).map(|(_, endpoint)| endpoint)
    };
    if of(Resource::leaps).any(|endpoint| endpoint.filter != Filter::Exact) {
        meddling.left = 0;
    }
    let mut counted = of(Resource::is_counted).peekable();
    if counted.peek().is_none() {
        return;
    }
    let at_end = counted.all(|endpoint| matches!(endpoint.order, Order::Asc | Order::Id));
    let habits = &mut meddling.habits;
    *habits = Habits { updates: false, removes: Removes::Never, lag: 0, missing: false, ..*habits };
    if !at_end {
        meddling.left = 0;
    }
}
