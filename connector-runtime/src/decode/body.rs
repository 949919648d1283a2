//! The envelope around the rows: follows the data selector and the captured paths through a body.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::plan::Plan;
use super::row::RowSeed;
use super::scalar::Scalar;
use crate::spec::Segment;

/// A place in the body on the way to the rows or to a captured value.
#[derive(Debug, Default)]
pub(super) struct Node {
    keys: Vec<(&'static str, Node)>,
    indexes: Vec<(usize, Node)>,
    each: Option<Box<Node>>,
    rows: bool,
    captures: Vec<usize>,
}

impl Node {
    pub(super) fn select_rows(&mut self, path: &[Segment]) {
        self.at(path).rows = true;
    }

    pub(super) fn capture(&mut self, path: &[Segment], index: usize) {
        self.at(path).captures.push(index);
    }

    fn at(&mut self, path: &[Segment]) -> &mut Self {
        let Some((first, rest)) = path.split_first() else { return self };
        let child = match *first {
            Segment::Key(key) => {
                let at = self.keys.iter().position(|(name, _)| *name == key);
                let at = at.unwrap_or_else(|| {
                    self.keys.push((key, Self::default()));
                    self.keys.len() - 1
                });
                &mut self.keys[at].1
            }
            Segment::Index(index) => {
                let at = self.indexes.iter().position(|(name, _)| *name == index);
                let at = at.unwrap_or_else(|| {
                    self.indexes.push((index, Self::default()));
                    self.indexes.len() - 1
                });
                &mut self.indexes[at].1
            }
            Segment::Each => self.each.get_or_insert_default(),
        };
        child.at(rest)
    }
}

/// What was at the data selector.
#[derive(Debug, Default)]
pub(super) struct Found {
    list: bool,
    single: bool,
    null: bool,
    refused: Option<&'static str>,
    /// `[*]` met an empty list: the selector fits, there is just nothing to select.
    empty_each: bool,
}

/// Why there are no rows.
#[derive(Clone, Copy, Debug)]
pub(super) enum Problem {
    /// The selector leads nowhere.
    Missing,
    /// It leads to something that is neither a list nor an object.
    Refused(&'static str),
}

impl Found {
    pub(super) fn problem(&self) -> Option<Problem> {
        match self.refused {
            Some(what) => Some(Problem::Refused(what)),
            None if self.list || self.single || self.null || self.empty_each => None,
            None => Some(Problem::Missing),
        }
    }

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
    pub(super) single: bool,
}

impl BodySeed<'_> {
    pub(super) fn parse<'de, D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }

    fn child<'b>(&'b mut self, node: &'b Node) -> BodySeed<'b> {
        BodySeed {
            node,
            plan: self.plan,
            values: self.values,
            found: self.found,
            // an object that a selector points at is one row; the whole body is only if declared
            single: true,
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

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
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
            if !self.single {
                self.found.refused = Some("an object");
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                return Ok(());
            }
            self.found.single = true;
            return RowSeed::row(self.plan).visit_map(map);
        }
        let node = self.node;
        while let Some(known) = map.next_key_seed(Keys(&node.keys))? {
            match known {
                Some(index) => map.next_value_seed(self.child(&node.keys[index].1))?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        self.container("a list");
        if self.node.rows {
            self.found.list = true;
            while seq.next_element_seed(RowSeed::row(self.plan))?.is_some() {}
            return Ok(());
        }
        let node = self.node;
        for position in 0.. {
            let child = node.indexes.iter().find(|(index, _)| *index == position);
            let more = match (child, &node.each) {
                (Some((_, child)), _) => seq.next_element_seed(self.child(child))?.is_some(),
                (None, Some(child)) => seq.next_element_seed(self.child(child))?.is_some(),
                (None, None) => seq.next_element::<IgnoredAny>()?.is_some(),
            };
            if !more {
                self.found.empty_each |= position == 0 && node.each.is_some();
                break;
            }
        }
        Ok(())
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.found.null |= self.node.rows;
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
