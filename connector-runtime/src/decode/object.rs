//! [`Object`]: the members of a JSON object that columns want, found by their keys.

use std::collections::HashMap;
use std::sync::Arc;

use super::place::Place;
use super::plan::Subject;

/// Keys beyond this in one object are looked up each time; their order is not remembered.
const MAX_REMEMBERED: usize = 1024;

/// One JSON object of a row: the row itself, a flattened one in it, or an element of a list.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) members: Vec<Member>,
    pub(super) place: Place,
    /// What stands before its keys in the path of one: nothing, or `labels[].`.
    pub(super) wire_prefix: String,
    /// It is an element of a list, or in one.
    pub(super) in_list: bool,
    /// Counts the objects that were read; marks which members one has brought already.
    pub(super) serial: u64,
    /// The keys that have come, and those that members want.
    lookup: HashMap<Arc<str>, Key>,
    /// The keys of the last object in their order: APIs send the same order again and again.
    order: Vec<(Arc<str>, Key)>,
}

/// A key of an object that some column wants.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) target: Target,
    /// Serial of the object that brought it last.
    pub(super) seen: u64,
}

/// Where a value goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    /// A column whose value is that of the scan. It is under no key of the row.
    Bound(usize),
    /// The column of what no other takes. It is under no key of its own.
    Capture(usize),
    Column(usize),
    List(usize),
    Object {
        index: usize,
        optional: bool,
    },
}

/// What is known of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// That of a column whose value is that of the scan: what the row has there is not read.
    Bound,
    /// A member of the object.
    Member(usize),
    /// One of the plan's unknown keys.
    Unknown(usize),
}

impl Target {
    pub(super) fn subject(self) -> Subject {
        match self {
            Self::Bound(column) | Self::Capture(column) | Self::Column(column) => {
                Subject::Column(column)
            }
            Self::List(list) => Subject::List(list),
            Self::Object { index, .. } => Subject::Object(index),
        }
    }
}

impl Object {
    pub(super) fn new(place: Place) -> Self {
        Self {
            members: Vec::new(),
            wire_prefix: place.wire_prefix(),
            in_list: place.is_in_list(),
            place,
            serial: 0,
            lookup: HashMap::new(),
            order: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, wire: &'static str, target: Target) {
        let key = match target {
            Target::Bound(_) => Some(Key::Bound),
            Target::Capture(_) => None,
            _ => Some(Key::Member(self.members.len())),
        };
        if let Some(key) = key {
            self.lookup.insert(wire.into(), key);
        }
        self.members.push(Member { target, seen: 0 });
    }

    /// What is known of a key; `None`: it has never come before. `position`: how many keys came
    /// before it in this object.
    #[inline]
    pub(super) fn key(&mut self, key: &str, position: usize) -> Option<Key> {
        match self.order.get(position) {
            Some((remembered, known)) if **remembered == *key => Some(*known),
            _ => self.look_up(key, position),
        }
    }

    #[inline(never)]
    fn look_up(&mut self, key: &str, position: usize) -> Option<Key> {
        let (name, known) = self.lookup.get_key_value(key)?;
        let entry = (name.clone(), *known);
        if let Some(slot) = self.order.get_mut(position) {
            *slot = entry;
        } else if position < MAX_REMEMBERED {
            self.order.push(entry);
        }
        Some(*known)
    }

    /// Whether a key is that of a column whose value is that of the scan.
    pub(super) fn is_bound(&self, key: &str) -> bool {
        self.lookup.get(key) == Some(&Key::Bound)
    }

    /// Notes what an unknown key is from now on.
    pub(super) fn learn(&mut self, key: &str, unknown: usize) {
        self.lookup.insert(key.into(), Key::Unknown(unknown));
    }
}
