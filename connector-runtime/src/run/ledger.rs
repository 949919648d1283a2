//! [`Ledger`]: which state may be written with which rows. Pure.
//!
//! A *visit* reads one partition of a resource: all of it where it has none. What comes of a visit is
//! a line of *entries*, each of them rows and what may be remembered once these are committed. An
//! entry of a parent waits, besides, for the visits of children that its rows have led to.

use std::collections::{HashMap, VecDeque};

use crate::state::{CursorValue, Delta, STATE_VERSION, State};

/// A visit, by number.
pub(super) type VisitId = u64;

/// An entry of a visit, by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    pub(super) visit: VisitId,
    pub(super) entry: u64,
    /// Which child of the resource is at work for it.
    pub(super) child: usize,
}

/// States of the partitions of a resource that were changed.
pub(super) type Changes = Vec<(String, Option<State>)>;

/// What is known of the resources of a tree.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    nodes: Vec<Node>,
    visits: HashMap<VisitId, Visit>,
    last: VisitId,
}

/// A resource.
#[derive(Clone, Debug, Default)]
struct Node {
    rules: Rules,
    /// Partitions that are being read, or that were changed.
    held: HashMap<String, Box<Held>>,
    /// Those of them that were changed.
    changed: Vec<String>,
    /// Visits with entries whose rows are not committed.
    waiting: Vec<VisitId>,
    /// Its rows could not be written: nobody knows what is there, and nothing more is remembered.
    is_lost: bool,
}

/// How a resource is kept book of.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    /// The number of its load.
    pub(super) load_id: i64,
    /// Its children among the nodes.
    pub(super) children: Vec<usize>,
    /// What is loaded below each of them.
    pub(super) below: Vec<Vec<String>>,
    /// Whether each child remembers how far it has come with the rows of this one.
    pub(super) is_followed: bool,
    /// Its state waits for its children. Where rows are appended it cannot: they would come again.
    pub(super) holds: bool,
    /// Its cursor.
    pub(super) column: Option<&'static str>,
}

#[derive(Clone, Debug, Default)]
struct Held {
    state: State,
    /// Visits, and whoever else holds it.
    users: u32,
    read_for: Option<ReadFor>,
    is_changed: bool,
}

/// What may be remembered of a partition, or of how far a child has come with its rows.
struct Change {
    node: usize,
    key: String,
    deltas: Vec<Delta>,
    /// What is read below the child.
    with: Option<Vec<String>>,
}

/// A partition is being read: by this visit, for a row of the parent that had this cursor value.
#[derive(Clone, Debug)]
struct ReadFor {
    visit: VisitId,
    version: Option<CursorValue>,
}

#[derive(Clone, Debug)]
struct Visit {
    node: usize,
    key: String,
    /// Who waits for it.
    parents: Vec<Ticket>,
    entries: VecDeque<Entry>,
    /// The place of the first entry.
    base: u64,
    /// Up to where the partition's own state has taken note.
    noted: u64,
    /// Up to where each child has.
    followed: Vec<u64>,
    has_ended: bool,
    /// It came to nothing: whoever waits for it waits in vain.
    is_broken: bool,
}

#[derive(Clone, Debug)]
struct Entry {
    deltas: Vec<Delta>,
    /// Its rows have come.
    has_come: bool,
    is_committed: bool,
    /// Visits of each child that are not at their end; none where there are no children.
    waits: Vec<u32>,
}

impl Ledger {
    /// Takes on a resource; returns its place.
    pub(super) fn add(&mut self, rules: Rules) -> usize {
        self.nodes.push(Node { rules, ..Node::default() });
        self.nodes.len() - 1
    }

    /// For which cursor value of the parent's row a partition is being read, if it is.
    pub(super) fn is_read_for(&self, node: usize, key: &str) -> Option<Option<&CursorValue>> {
        let read_for = self.nodes[node].held.get(key)?.read_for.as_ref()?;
        Some(read_for.version.as_ref())
    }

    /// Others wait for a partition that is being read.
    pub(super) fn join(&mut self, node: usize, key: &str, ticket: Ticket) {
        let held = self.nodes[node].held.get(key);
        let visit = held.and_then(|held| Some(held.read_for.as_ref()?.visit));
        if let Some(visit) = visit.and_then(|visit| self.visits.get_mut(&visit)) {
            visit.parents.push(ticket);
        }
    }

    /// The load of a resource.
    pub(super) fn load_id(&self, node: usize) -> i64 {
        self.nodes[node].rules.load_id
    }

    /// How many children the resource of a visit has.
    pub(super) fn children(&self, visit: VisitId) -> usize {
        self.visits.get(&visit).map_or(0, |visit| visit.followed.len())
    }

    /// The place of the next entry of a visit.
    pub(super) fn next_place(&self, visit: VisitId) -> u64 {
        self.visits.get(&visit).map_or(0, |visit| visit.base + visit.entries.len() as u64)
    }

    /// The state of a partition, where it is newer than what the destination has.
    pub(super) fn state(&self, node: usize, key: &str) -> Option<&State> {
        self.nodes[node].held.get(key).map(|held| &held.state)
    }

    /// Begins a visit of a partition whose state is held, and those of the children that follow it.
    /// `version`: the cursor value of the parent's row.
    pub(super) fn open(
        &mut self,
        node: usize,
        key: &str,
        parent: Option<Ticket>,
        version: Option<CursorValue>,
    ) -> VisitId {
        if let Some(held) = self.nodes[node].held.get_mut(key) {
            held.read_for = Some(ReadFor { visit: self.last + 1, version });
        }
        let children = self.nodes[node].rules.children.clone();
        self.last += 1;
        let visit = Visit {
            node,
            key: key.to_owned(),
            parents: parent.into_iter().collect(),
            entries: VecDeque::new(),
            base: 0,
            noted: 0,
            followed: vec![0; children.len()],
            has_ended: false,
            is_broken: false,
        };
        self.visits.insert(self.last, visit);
        self.last
    }

    /// Holds a state of a resource; what is held already is newer.
    pub(super) fn hold(&mut self, node: usize, key: &str, state: Option<State>) {
        let held = self.nodes[node].held.entry(key.to_owned()).or_insert_with(|| {
            Box::new(Held { state: state.unwrap_or_default(), ..Held::default() })
        });
        held.users += 1;
    }

    /// The children that follow a resource.
    pub(super) fn followers(&self, node: usize) -> &[usize] {
        let rules = &self.nodes[node].rules;
        if rules.is_followed { &rules.children } else { &[] }
    }

    /// Changes a state that is held.
    pub(super) fn change(&mut self, node: usize, key: &str, change: impl FnOnce(&mut State)) {
        let Node { held, changed, .. } = &mut self.nodes[node];
        if let Some(held) = held.get_mut(key) {
            change(&mut held.state);
            if !std::mem::replace(&mut held.is_changed, true) {
                changed.push(key.to_owned());
            }
        }
    }

    /// Rows are about to come that lead to visits of children, `waits` of each child. Returns the place
    /// of their entry.
    pub(super) fn reserve(&mut self, visit: VisitId, waits: Vec<u32>) -> u64 {
        let Some(found) = self.visits.get_mut(&visit) else { return 0 };
        found.entries.push_back(Entry {
            deltas: Vec::new(),
            has_come: false,
            is_committed: false,
            waits,
        });
        found.base + found.entries.len() as u64 - 1
    }

    /// Rows have come: what may be remembered when they are committed. `place`: where that was reserved.
    pub(super) fn enter(&mut self, visit: VisitId, place: Option<u64>, deltas: Vec<Delta>) {
        let place = place.unwrap_or_else(|| self.reserve(visit, Vec::new()));
        let Some(found) = self.visits.get_mut(&visit) else { return };
        if let Some(entry) = found.entries.get_mut((place - found.base) as usize) {
            entry.deltas = deltas;
            entry.has_come = true;
        }
        let node = found.node;
        if self.nodes[node].waiting.last() != Some(&visit) {
            self.nodes[node].waiting.push(visit);
        }
        self.fold(visit);
    }

    /// No further entries come. `is_broken`: something went wrong.
    pub(super) fn end(&mut self, visit: VisitId, is_broken: bool) {
        if let Some(found) = self.visits.get_mut(&visit) {
            found.has_ended = true;
            found.is_broken = is_broken;
            let node = found.node;
            self.nodes[node].waiting.push(visit);
        }
    }

    /// Rows of a resource could not be written, though what may be remembered with them was folded:
    /// nothing is remembered of it any more, and whoever waits for it waits in vain.
    pub(super) fn lose(&mut self, node: usize) {
        self.nodes[node].is_lost = true;
    }

    /// What is to be written with the rows of a resource that have come so far.
    pub(super) fn commit(&mut self, node: usize) -> Changes {
        if self.nodes[node].is_lost {
            return Changes::new();
        }
        let waiting = std::mem::take(&mut self.nodes[node].waiting);
        for id in &waiting {
            if let Some(visit) = self.visits.get_mut(id) {
                visit.entries.iter_mut().for_each(|entry| entry.is_committed |= entry.has_come);
            }
        }
        for id in &waiting {
            self.fold(*id);
        }
        let changes = self.changes(node);
        // those that are at their end are seen to when the rows are committed
        self.nodes[node].waiting = waiting;
        changes
    }

    /// The rows that the last [`Self::commit`] was for are committed: what waited for them goes on.
    pub(super) fn committed(&mut self, node: usize) {
        if self.nodes[node].is_lost {
            return;
        }
        for id in std::mem::take(&mut self.nodes[node].waiting) {
            self.close(id);
        }
    }

    /// States that have changed without rows.
    pub(super) fn changes(&mut self, node: usize) -> Changes {
        let Node { rules, held, changed, .. } = &mut self.nodes[node];
        let mut changes = Vec::with_capacity(changed.len());
        for key in changed.drain(..) {
            let Some(found) = held.get_mut(&key) else { continue };
            found.is_changed = false;
            found.state.load_id = rules.load_id;
            found.state.version = STATE_VERSION;
            let state = match found.users {
                0 => held.remove(&key).map(|held| held.state),
                _ => Some(found.state.clone()),
            };
            changes.push((key, state));
        }
        changes
    }

    /// Nobody goes on in the middle of a scan of this resource: all of it was looked at.
    pub(super) fn end_scans(&mut self, node: usize) {
        let Node { held, changed, .. } = &mut self.nodes[node];
        for (key, held) in held {
            if held.state.scan.take().is_some() && !std::mem::replace(&mut held.is_changed, true) {
                changed.push(key.clone());
            }
        }
    }

    /// Whether there are states that have changed.
    pub(super) fn has_changes(&self, node: usize) -> bool {
        !self.nodes[node].is_lost && !self.nodes[node].changed.is_empty()
    }

    /// Applies what nothing stands in the way of any more.
    fn fold(&mut self, id: VisitId) {
        let Some(visit) = self.visits.get_mut(&id) else { return };
        let node = visit.node;
        let Rules { children, below, is_followed, holds, column, .. } = &self.nodes[node].rules;
        let column = *column;
        let mut changes: Vec<Change> = Vec::new();
        let own = |entry: &Entry| entry.is_committed && (!holds || entry.is_free());
        let noted = visit.take(visit.noted, own);
        visit.noted += noted.len() as u64;
        let own = |deltas| Change { node, key: visit.key.clone(), deltas, with: None };
        changes.extend(noted.into_iter().map(own));
        for (index, child) in children.iter().enumerate().filter(|_| *is_followed) {
            // how far a child has come does not depend on the rows of its parent
            let followed = visit.take(visit.followed[index], |entry| {
                entry.has_come && entry.waits.get(index).is_none_or(|waits| *waits == 0)
            });
            visit.followed[index] += followed.len() as u64;
            let key = following(&visit.key);
            changes.extend(followed.into_iter().map(|deltas| Change {
                node: *child,
                key: key.clone(),
                deltas,
                with: Some(below[index].clone()),
            }));
        }
        while visit.base < visit.noted && visit.entries.front().is_some_and(Entry::is_free) {
            visit.entries.pop_front();
            visit.base += 1;
        }
        for Change { node, key, deltas, with } in changes {
            self.change(node, &key, |state| {
                // unless the last of them says so
                state.complete = false;
                state.column = column.map(str::to_owned);
                with.into_iter().for_each(|with| state.follow_with(with));
                deltas.iter().for_each(|delta| state.apply(delta));
            });
        }
    }

    /// Lets a visit go that has nothing left to do, and tells its parent's.
    fn close(&mut self, id: VisitId) {
        let Some(visit) = self.visits.get(&id) else { return };
        if !visit.has_ended || !(visit.entries.is_empty() || visit.is_broken) {
            return;
        }
        let Some(visit) = self.visits.remove(&id) else { return };
        if let Some(held) = self.nodes[visit.node].held.get_mut(&visit.key) {
            held.read_for = None;
        }
        self.release(visit.node, &visit.key);
        for child in self.followers(visit.node).to_vec() {
            self.release(child, &following(&visit.key));
        }
        if visit.is_broken {
            return;
        }
        for Ticket { visit: parent, entry, child } in visit.parents {
            let Some(found) = self.visits.get_mut(&parent) else { continue };
            let place = entry.checked_sub(found.base).map(|place| place as usize);
            if let Some(entry) = place.and_then(|place| found.entries.get_mut(place)) {
                entry.waits[child] -= 1;
            }
            self.fold(parent);
            self.close(parent);
        }
    }

    fn release(&mut self, node: usize, key: &str) {
        let held = &mut self.nodes[node].held;
        if let Some(found) = held.get_mut(key) {
            found.users -= 1;
            if found.users == 0 && !found.is_changed {
                held.remove(key);
            }
        }
    }
}

impl Visit {
    /// What the entries from this place on say, up to the first one that is not ready.
    fn take(&self, from: u64, is_ready: impl Fn(&Entry) -> bool) -> Vec<Vec<Delta>> {
        let from = from.saturating_sub(self.base) as usize;
        let entries = self.entries.iter().skip(from).take_while(|entry| is_ready(entry));
        entries.map(|entry| entry.deltas.clone()).collect()
    }
}

impl Entry {
    /// Whether every child's visits are at their end.
    fn is_free(&self) -> bool {
        self.waits.iter().all(|waits| *waits == 0)
    }
}

/// The key of the state that says how far a child has come with the rows of a partition.
pub(super) fn following(key: &str) -> String {
    format!("^{key}")
}
