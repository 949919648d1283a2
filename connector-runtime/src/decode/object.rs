//! [`Object`]: the members of a JSON object that columns want, found by their keys.

use std::collections::HashMap;
use std::sync::Arc;

use super::place::Place;
use super::plan::Subject;

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
    keys: Vec<Known>,
    /// Their places among them, by their names.
    lookup: HashMap<Arc<str>, usize>,
    /// The key that the last object began with.
    first: usize,
}

/// A key that is known.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) key: Key,
    /// As compact JSON has it, up to its value; empty where it could be written in several ways.
    pub(super) written: Box<[u8]>,
    /// The key that came after it last: APIs send the same order again and again.
    next: usize,
}

/// No key.
const NONE: usize = usize::MAX;

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
            keys: Vec::new(),
            lookup: HashMap::new(),
            first: NONE,
        }
    }

    pub(super) fn push(&mut self, wire: &'static str, target: Target) {
        let key = match target {
            Target::Bound(_) => Some(Key::Bound),
            Target::Capture(_) => None,
            _ => Some(Key::Member(self.members.len())),
        };
        if let Some(key) = key {
            self.learn(wire, key);
        }
        self.members.push(Member { target, seen: 0 });
    }

    /// The key that is expected after another one, or as the first, if it can only be written in one way.
    #[inline]
    pub(super) fn expected(&self, after: Option<usize>) -> Option<(usize, &Known)> {
        let at = after.map_or(self.first, |after| self.keys[after].next);
        let known = self.keys.get(at)?;
        (!known.written.is_empty()).then_some((at, known))
    }

    /// The place of a key; `None`: it has never come before, and is none that members want.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.lookup.get(name).copied()
    }

    pub(super) fn key(&self, at: usize) -> Key {
        self.keys[at].key
    }

    /// Notes what came after a key, or as the first.
    pub(super) fn expect(&mut self, after: Option<usize>, next: usize) {
        match after {
            Some(after) => self.keys[after].next = next,
            None => self.first = next,
        }
    }

    /// Whether a key is that of a column whose value is that of the scan.
    pub(super) fn is_bound(&self, key: &str) -> bool {
        self.find(key).is_some_and(|at| self.keys[at].key == Key::Bound)
    }

    /// Notes what a key is from now on.
    pub(super) fn learn(&mut self, name: &str, key: Key) {
        let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
        let written = match name.bytes().all(is_plain) {
            true => format!("\"{name}\":").into_bytes(),
            false => Vec::new(),
        };
        self.lookup.insert(name.into(), self.keys.len());
        self.keys.push(Known { key, written: written.into(), next: NONE });
    }
}
