//! The envelope around the rows: follows the data selector and the captured paths through a body.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::plan::Plan;
use super::quarantine;
use super::row::RowSeed;
use super::scalar::Scalar;
use crate::spec::{Path, Segment};

/// A place in the body on the way to the rows or to a captured value.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    keys: Vec<(&'static str, Node)>,
    indexes: Vec<(usize, Node)>,
    each: Option<Box<Node>>,
    rows: bool,
    leads_to_rows: bool,
    captures: Vec<usize>,
}

impl Node {
    /// `selector` leads to the rows, `captures` to values.
    pub(super) fn new(selector: &[Segment], captures: &[Path]) -> Self {
        let mut root = Self::default();
        root.at(selector, true).rows = true;
        for (index, path) in captures.iter().enumerate() {
            root.at(path.segments, false).captures.push(index);
        }
        root.settle();
        root
    }

    fn at(&mut self, path: &[Segment], rows: bool) -> &mut Self {
        self.leads_to_rows |= rows;
        let Some((first, rest)) = path.split_first() else { return self };
        let child = match *first {
            Segment::Key(key) => entry(&mut self.keys, key),
            Segment::Index(index) => entry(&mut self.indexes, index),
            Segment::Each => self.each.get_or_insert_default(),
        };
        child.at(rest, rows)
    }

    /// An element with an index of its own is one of `[*]`, too.
    fn settle(&mut self) {
        for (_, child) in &mut self.indexes {
            if let Some(each) = &self.each {
                child.absorb(each);
            }
        }
        let indexes = self.indexes.iter_mut().map(|(_, child)| child);
        let keys = self.keys.iter_mut().map(|(_, child)| child);
        keys.chain(indexes).chain(self.each.as_deref_mut()).for_each(Self::settle);
    }

    fn absorb(&mut self, other: &Self) {
        self.rows |= other.rows;
        self.leads_to_rows |= other.leads_to_rows;
        self.captures.extend(&other.captures);
        for (key, child) in &other.keys {
            entry(&mut self.keys, *key).absorb(child);
        }
        for (index, child) in &other.indexes {
            entry(&mut self.indexes, *index).absorb(child);
        }
        if let Some(each) = &other.each {
            self.each.get_or_insert_default().absorb(each);
        }
    }
}

fn entry<K: PartialEq>(children: &mut Vec<(K, Node)>, key: K) -> &mut Node {
    let at = children.iter().position(|(name, _)| *name == key).unwrap_or_else(|| {
        children.push((key, Node::default()));
        children.len() - 1
    });
    &mut children[at].1
}

/// What was at the data selector.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// How often the selector has led somewhere; an empty list below `[*]` counts.
    reached: usize,
    /// An element of `[*]` from which it leads nowhere.
    missed: bool,
    single: bool,
    refused: Option<&'static str>,
    /// Elements of the list at the first `[*]`, if there is one.
    items: Option<u64>,
}

/// Why there are no rows.
#[derive(Clone, Copy, Debug)]
pub(super) enum Problem {
    /// The selector leads nowhere.
    Missing,
    /// It leads to something that holds no rows.
    Refused(&'static str),
}

impl Found {
    pub(super) fn problem(&self) -> Option<Problem> {
        match self.refused {
            Some(what) => Some(Problem::Refused(what)),
            None if self.missed || self.reached == 0 => Some(Problem::Missing),
            None => None,
        }
    }

    /// Elements of the list that the API pages, where each of them holds rows.
    pub(super) fn items(&self) -> Option<u64> {
        self.items
    }

    /// An object in the place of the list.
    pub(super) fn is_single(&self) -> bool {
        self.single
    }
}

/// Reads the part of a body that belongs to a [`Node`].
pub(super) struct BodySeed<'a> {
    pub(super) node: &'a Node,
    pub(super) plan: &'a mut Plan,
    pub(super) values: &'a mut [Scalar],
    pub(super) found: &'a mut Found,
    /// An object in the place of the list is one row.
    pub(super) single: bool,
    /// Somewhere below `[*]`: the selector leads to many places.
    pub(super) many: bool,
    /// An element of `[*]` itself.
    pub(super) element: bool,
}

impl BodySeed<'_> {
    pub(super) fn parse<'de, D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }

    /// An element that is a row of its own, where rows that do not fit are kept.
    fn is_kept_apart(&self) -> bool {
        self.node.rows && self.element && self.plan.quarantine.is_some()
    }

    fn child<'b>(&'b mut self, node: &'b Node, element: bool) -> BodySeed<'b> {
        BodySeed {
            node,
            plan: self.plan,
            values: self.values,
            found: self.found,
            single: self.single,
            many: self.many || element,
            element,
        }
    }

    /// Notes that the selector has led here.
    fn reach(&mut self) {
        self.found.reached += 1;
        if self.found.reached > 1 && !self.many {
            self.found.refused = Some("it twice");
        }
    }

    fn scalar(self, value: Scalar, what: &'static str) {
        if self.node.rows {
            self.found.refused = Some(what);
        }
        for index in &self.node.captures {
            self.values[*index] = value.clone();
        }
    }

    fn container(&mut self, what: &'static str) {
        for index in &self.node.captures {
            self.values[*index] = Scalar::Other(what);
        }
    }
}

impl<'de> DeserializeSeed<'de> for BodySeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(mut self, deserializer: D) -> Result<(), D::Error> {
        if !self.is_kept_apart() {
            return deserializer.deserialize_any(self);
        }
        let raw = <&RawValue>::deserialize(deserializer)?;
        if raw.get().starts_with('[') {
            // rows of its own
            let mut json = serde_json::Deserializer::from_str(raw.get());
            return json.deserialize_any(self).map_err(serde::de::Error::custom);
        }
        self.reach();
        quarantine::row(self.plan, raw);
        Ok(())
    }
}

impl<'de> Visitor<'de> for BodySeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        self.container("an object");
        if self.node.rows {
            self.reach();
            if !self.single && !self.element {
                self.found.refused = Some("an object");
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                return Ok(());
            }
            self.found.single |= !self.element;
            return RowSeed::row(self.plan).visit_map(map);
        }
        let node = self.node;
        while let Some(known) = map.next_key_seed(Keys(&node.keys))? {
            match known {
                Some(index) => map.next_value_seed(self.child(&node.keys[index].1, false))?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        self.container("a list");
        if self.node.rows {
            self.reach();
            if self.plan.quarantine.is_some() {
                while let Some(row) = seq.next_element::<&RawValue>()? {
                    quarantine::row(self.plan, row);
                }
            } else {
                while seq.next_element_seed(RowSeed::row(self.plan))?.is_some() {}
            }
            return Ok(());
        }
        let node = self.node;
        let each = node.each.as_deref();
        // the outermost list is what the API counts
        let counts = !self.many && each.is_some_and(|each| each.leads_to_rows);
        if counts {
            self.found.items.get_or_insert(0);
        }
        for position in 0.. {
            let own = node.indexes.iter().find(|(index, _)| *index == position);
            let Some(child) = own.map(|(_, child)| child).or(each) else {
                match seq.next_element::<IgnoredAny>()? {
                    Some(_) => continue,
                    None => break,
                }
            };
            let before = self.found.reached;
            if seq.next_element_seed(self.child(child, each.is_some()))?.is_none() {
                if position == 0 && each.is_some_and(|each| each.leads_to_rows) {
                    self.found.reached += 1;
                }
                break;
            }
            if counts {
                self.found.items = self.found.items.map(|items| items + 1);
            }
            let nowhere = self.found.reached == before && self.found.refused.is_none();
            self.found.missed |= each.is_some_and(|each| each.leads_to_rows) && nowhere;
        }
        Ok(())
    }

    fn visit_unit<E: serde::de::Error>(mut self) -> Result<(), E> {
        if self.node.rows {
            self.reach();
            if self.element {
                self.found.refused = Some("a list with null in it");
            }
        }
        for index in &self.node.captures {
            self.values[*index] = Scalar::Null;
        }
        Ok(())
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        self.scalar(Scalar::Bool(value), "a boolean");
        Ok(())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        self.scalar(Scalar::Count(value), "a number");
        Ok(())
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<(), E> {
        self.scalar(Scalar::Other("a negative number"), "a number");
        Ok(())
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
        self.scalar(Scalar::Other("a fractional number"), "a number");
        Ok(())
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<(), E> {
        let text = match self.node.captures.is_empty() {
            true => String::new(),
            false => value.to_owned(),
        };
        self.scalar(Scalar::Text(text), "a string");
        Ok(())
    }
}

/// Finds a key among the few that a node knows.
struct Keys<'a>(&'a [(&'static str, Node)]);

impl<'de> DeserializeSeed<'de> for Keys<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Keys<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<Option<usize>, E> {
        Ok(self.0.iter().position(|(name, _)| *name == key))
    }
}
