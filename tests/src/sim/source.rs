//! [`Source`]: what an API knows, its clock included, and how it changes.

use std::collections::{BTreeMap, BTreeSet};

use connector_runtime::{Date, Timestamp};

use super::random::Random;

/// A second of [`Source::now`].
pub const SECOND: i64 = 1_000_000;
/// A minute of it.
pub const MINUTE: i64 = 60 * SECOND;
/// An hour of it.
pub const HOUR: i64 = 60 * MINUTE;
/// A day of it.
pub const DAY: i64 = 24 * HOUR;

/// What a cursor column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The day of a change.
    Date,
    /// The instant of a change, cut to `grain`.
    Instant {
        /// Microseconds.
        grain: i64,
    },
    /// The number of a change.
    Sequence,
    /// The same as a text of ten digits.
    Text,
}

/// One version of a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SimRow {
    /// The key.
    pub id: i64,
    /// The parent, or the partition, whose row it is; empty where there is none.
    pub scope: String,
    /// The cursor: microseconds since 1970, or the number of a change. Some rows have none.
    pub at: Option<i64>,
    /// Each version has another one.
    pub value: i64,
    /// It says of itself that it is deleted.
    pub gone: bool,
}

/// The rows of one kind.
#[derive(Clone, Debug)]
pub struct Collection {
    /// Its name, which is the last segment of its paths.
    pub name: &'static str,
    /// What its cursor is.
    pub kind: Kind,
    /// The collection that has the parents of its rows.
    pub parent: Option<&'static str>,
    /// A change of a row changes the cursor of its parent, too.
    pub touches: bool,
    /// Its rows come with their parent, and never change.
    pub comes_along: bool,
    /// The partitions that its rows are in, where it has no parents.
    pub scopes: Vec<String>,
    rows: BTreeMap<i64, SimRow>,
    known: BTreeSet<i64>,
}

/// How a source may change.
#[derive(Clone, Copy, Debug)]
pub struct Habits {
    /// Rows get other values, and with them another cursor.
    pub updates: bool,
    /// What becomes of rows that are deleted.
    pub removes: Removes,
    /// Rows may come with a cursor that is so much older than now.
    pub lag: i64,
    /// Several changes may be made at the same instant.
    pub ties: bool,
    /// Rows may come without a cursor.
    pub missing: bool,
    /// Rows may come with a cursor that is still to come.
    pub future: bool,
}

/// What becomes of rows that are deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removes {
    /// There are none.
    Never,
    /// They are no longer listed.
    Silently,
    /// They say that they are deleted.
    Telling,
}

/// What an API knows.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its clock, in microseconds since 1970.
    pub now: i64,
    collections: Vec<Collection>,
    sequence: i64,
    versions: i64,
    /// What has happened, for people.
    pub log: Vec<String>,
}

impl Collection {
    /// An empty one.
    pub fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            parent: None,
            touches: false,
            comes_along: false,
            scopes: Vec::new(),
            rows: BTreeMap::new(),
            known: BTreeSet::new(),
        }
    }

    /// Its rows, by id.
    pub fn rows(&self) -> impl Iterator<Item = &SimRow> {
        self.rows.values()
    }

    /// Whether there ever was a row with this id.
    pub fn has_known(&self, id: i64) -> bool {
        self.known.contains(&id)
    }

    fn put(&mut self, row: SimRow) {
        self.known.insert(row.id);
        self.rows.insert(row.id, row);
    }
}

impl Source {
    /// A source whose clock stands at `now`.
    pub fn new(now: i64, collections: Vec<Collection>) -> Self {
        Self { now, collections, sequence: 0, versions: 0, log: Vec::new() }
    }

    /// The collection of this name.
    pub fn get(&self, name: &str) -> Option<&Collection> {
        self.collections.iter().find(|collection| collection.name == name)
    }

    /// All of them.
    pub fn collections(&self) -> &[Collection] {
        &self.collections
    }

    /// Lets time pass.
    pub fn advance(&mut self, time: i64) {
        self.now += time;
    }

    /// Makes so many changes, at once or one after the other.
    pub fn change(&mut self, random: &mut Random, habits: Habits, changes: usize) {
        let at_once = habits.ties && random.chance(50);
        self.advance(random.between(1_000, SECOND));
        self.sequence += 1;
        for change in 0..changes {
            if change > 0 && !at_once {
                self.advance(random.between(1_000, SECOND));
                self.sequence += 1;
            }
            self.change_one(random, habits);
        }
    }

    /// Puts a row into a collection, for schedules that are written by hand.
    pub fn put(&mut self, collection: &str, row: SimRow) {
        let at = self.position(collection);
        self.collections[at].put(row);
    }

    fn change_one(&mut self, random: &mut Random, habits: Habits) {
        let mut at = random.below(self.collections.len());
        while self.collections[at].comes_along {
            at = self.position(self.collections[at].parent.expect("it comes with a parent"));
        }
        let ids: Vec<i64> = self.collections[at].rows.keys().copied().collect();
        let inserts = if habits.updates || habits.removes != Removes::Never { 40 } else { 100 };
        if ids.is_empty() || random.chance(inserts) {
            return self.insert(random, habits, at);
        }
        let id = *random.pick(&ids);
        if habits.removes != Removes::Never && (!habits.updates || random.chance(25)) {
            return self.remove(random, habits, at, id);
        }
        self.update(random, habits, at, id);
    }

    fn insert(&mut self, random: &mut Random, habits: Habits, at: usize) {
        let Some(scope) = self.scope(random, at) else { return };
        let missing = habits.missing && random.chance(20);
        let stamp = (!missing).then(|| self.stamp(random, habits, at));
        let id = self.collections[at].known.last().map_or(1, |last| last + 1);
        let row = SimRow { id, scope, at: stamp, value: self.version(), gone: false };
        self.settle(at, row, "insert");
        self.bring_along(random, at, id);
    }

    /// Rows that come with another.
    fn bring_along(&mut self, random: &mut Random, at: usize, id: i64) {
        let parent = self.collections[at].name;
        for child in 0..self.collections.len() {
            let Collection { parent: of, comes_along, kind, .. } = self.collections[child];
            if of != Some(parent) || !comes_along {
                continue;
            }
            for _ in 0..random.below(3) {
                let stamp = Some(self.plain_stamp(kind));
                let next = self.collections[child].known.last().map_or(1, |last| last + 1);
                let (scope, value) = (id.to_string(), self.version());
                let row = SimRow { id: next, scope, at: stamp, value, gone: false };
                self.settle(child, row, "insert");
            }
        }
    }

    fn update(&mut self, random: &mut Random, habits: Habits, at: usize, id: i64) {
        let stamp = self.stamp(random, habits, at);
        let value = self.version();
        let Some(row) = self.collections[at].rows.get(&id).filter(|row| !row.gone) else { return };
        // a row never becomes older
        let stamp = Some(stamp).max(row.at);
        let row = SimRow { at: stamp, value, ..row.clone() };
        self.settle(at, row, "update");
    }

    fn remove(&mut self, random: &mut Random, habits: Habits, at: usize, id: i64) {
        let is_parent =
            self.collections.iter().any(|c| c.parent == Some(self.collections[at].name));
        if self.collections[at].rows[&id].gone {
            return;
        }
        if habits.removes == Removes::Telling && !is_parent {
            let stamp = self.stamp(random, habits, at);
            let row = &self.collections[at].rows[&id];
            let row = SimRow { at: Some(stamp).max(row.at), gone: true, ..row.clone() };
            return self.settle(at, row, "mark as deleted");
        }
        if habits.removes == Removes::Telling {
            return;
        }
        self.say("delete", &self.collections[at].rows[&id].clone(), at);
        self.take(at, id);
    }

    /// Takes a row away, and those that belong to it.
    fn take(&mut self, at: usize, id: i64) {
        self.collections[at].rows.remove(&id);
        let name = self.collections[at].name;
        for child in 0..self.collections.len() {
            if self.collections[child].parent != Some(name) {
                continue;
            }
            let scope = id.to_string();
            let of_it = self.collections[child].rows.values().filter(|row| row.scope == scope);
            for id in of_it.map(|row| row.id).collect::<Vec<_>>() {
                self.take(child, id);
            }
        }
    }

    /// Puts a new version in its place, and says so to its parents.
    fn settle(&mut self, at: usize, row: SimRow, what: &str) {
        self.say(what, &row, at);
        let scope = row.scope.clone();
        self.collections[at].put(row);
        let Collection { parent, touches, .. } = self.collections[at];
        let Some(parent) = parent.filter(|_| touches) else { return };
        let parent = self.position(parent);
        let id: i64 = scope.parse().expect("a parent's id");
        let stamp = self.plain_stamp(self.collections[parent].kind);
        let Some(row) = self.collections[parent].rows.get(&id) else { return };
        let row = SimRow { at: Some(stamp).max(row.at), ..row.clone() };
        self.settle(parent, row, "touch");
    }

    fn scope(&self, random: &mut Random, at: usize) -> Option<String> {
        let Collection { parent, scopes, .. } = &self.collections[at];
        match parent {
            Some(parent) => {
                let parents = &self.collections[self.position(parent)].rows;
                let ids: Vec<i64> = parents.keys().copied().collect();
                (!ids.is_empty()).then(|| random.pick(&ids).to_string())
            }
            None if scopes.is_empty() => Some(String::new()),
            None => Some(random.pick(scopes).clone()),
        }
    }

    /// The cursor of a row that changes now, or that changed a while ago and is seen now only.
    fn stamp(&self, random: &mut Random, habits: Habits, at: usize) -> i64 {
        let kind = self.collections[at].kind;
        let is_time = matches!(kind, Kind::Date | Kind::Instant { .. });
        if habits.future && is_time && random.chance(10) {
            return cut(kind, self.now + random.between(0, 20 * HOUR));
        }
        let late = match kind {
            _ if habits.lag == 0 || !random.chance(30) => 0,
            // cut to its grain it is not to be older than that
            Kind::Instant { grain } => random.between(0, (habits.lag - grain).max(0)),
            Kind::Date => habits.lag / DAY * DAY,
            Kind::Sequence | Kind::Text => return (self.sequence - habits.lag).max(1),
        };
        match kind {
            Kind::Instant { .. } | Kind::Date => cut(kind, self.now - late),
            Kind::Sequence | Kind::Text => self.sequence,
        }
    }

    fn plain_stamp(&self, kind: Kind) -> i64 {
        match kind {
            Kind::Date | Kind::Instant { .. } => cut(kind, self.now),
            Kind::Sequence | Kind::Text => self.sequence,
        }
    }

    fn version(&mut self) -> i64 {
        self.versions += 1;
        self.versions
    }

    fn position(&self, name: &str) -> usize {
        let mut names = self.collections.iter().map(|collection| collection.name);
        names.position(|other| other == name).expect("a collection of the source")
    }

    fn say(&mut self, what: &str, row: &SimRow, at: usize) {
        let Collection { name, kind, .. } = self.collections[at];
        let cursor = row.at.map_or("none".to_owned(), |at| written(kind, at));
        let SimRow { id, scope, value, .. } = row;
        let now = instant(self.now);
        self.log.push(format!("{now} {what} {name} {id} of `{scope}`: at {cursor}, value {value}"));
    }
}

/// A cursor as the API writes it.
pub(super) fn written(kind: Kind, at: i64) -> String {
    match kind {
        Kind::Date => day(at).to_string(),
        Kind::Instant { .. } => instant(at).to_string(),
        Kind::Sequence => at.to_string(),
        Kind::Text => format!("{at:010}"),
    }
}

/// The instant of a clock.
pub fn instant(at: i64) -> Timestamp {
    Timestamp::from_microsecond(at).expect("an instant of our days")
}

/// The day of an instant.
pub fn day(at: i64) -> Date {
    let text = instant(at).to_string();
    text[..10].parse().expect("a day")
}

fn cut(kind: Kind, at: i64) -> i64 {
    let grain = match kind {
        Kind::Instant { grain } => grain,
        Kind::Date => DAY,
        Kind::Sequence | Kind::Text => 1,
    };
    at.div_euclid(grain) * grain
}
