//! The envelope around the rows: follows the data selector and the captured paths through a body.

use super::json::{Json, Number, Parsed, Stop};
use super::plan::Plan;
use super::scalar::Scalar;
use super::{quarantine, row};
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
pub(super) struct Body<'a> {
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

impl Body<'_> {
    pub(super) fn read(mut self, json: &mut Json<'_>) -> Parsed {
        let next = json.peek()?;
        if self.is_kept_apart() && next != b'[' {
            self.reach();
            return quarantine::row(json, self.plan);
        }
        match next {
            b'{' => self.object(json),
            b'[' => self.list(json),
            b'"' => self.string(json),
            b'-' | b'0'..=b'9' => self.number(json),
            _ => {
                match json.word()? {
                    Some(flag) => self.scalar(Scalar::Bool(flag), "a boolean"),
                    None => self.null(),
                }
                Ok(())
            }
        }
    }

    /// An element that is a row of its own, where rows that do not fit are kept.
    fn is_kept_apart(&self) -> bool {
        self.node.rows && self.element && self.plan.quarantine.is_some()
    }

    fn child<'b>(&'b mut self, node: &'b Node, element: bool) -> Body<'b> {
        Body {
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

    fn object(mut self, json: &mut Json<'_>) -> Parsed {
        self.container("an object");
        if self.node.rows {
            self.reach();
            if !self.single && !self.element {
                self.found.refused = Some("an object");
                return json.skip();
            }
            self.found.single |= !self.element;
            return row::row(json, self.plan);
        }
        json.open();
        let node = self.node;
        let mut first = true;
        while json.next_key(first)? {
            first = false;
            let name = json.key()?;
            match node.keys.iter().find(|(key, _)| *key == name) {
                Some((_, child)) => self.child(child, false).read(json)?,
                None => json.skip()?,
            }
        }
        Ok(())
    }

    fn list(mut self, json: &mut Json<'_>) -> Parsed {
        self.container("a list");
        if self.node.rows {
            self.reach();
            return self.rows(json);
        }
        json.open();
        let node = self.node;
        let each = node.each.as_deref();
        let each_leads_to_rows = each.is_some_and(|each| each.leads_to_rows);
        // the outermost list is what the API counts
        let counts = !self.many && each_leads_to_rows;
        if counts {
            self.found.items.get_or_insert(0);
        }
        let mut position = 0;
        while json.next_element(position == 0)? {
            let own = node.indexes.iter().find(|(index, _)| *index == position);
            position += 1;
            let Some(child) = own.map(|(_, child)| child).or(each) else {
                json.skip()?;
                continue;
            };
            let before = self.found.reached;
            self.child(child, each.is_some()).read(json)?;
            if counts {
                self.found.items = self.found.items.map(|items| items + 1);
            }
            let nowhere = self.found.reached == before && self.found.refused.is_none();
            self.found.missed |= each_leads_to_rows && nowhere;
        }
        if position == 0 && each_leads_to_rows {
            self.found.reached += 1;
        }
        Ok(())
    }

    /// The list of rows.
    fn rows(self, json: &mut Json<'_>) -> Parsed {
        json.open();
        let read = match self.plan.quarantine {
            Some(_) => quarantine::row,
            None => row::row,
        };
        let mut first = true;
        while json.next_element(first)? {
            first = false;
            read(json, self.plan)?;
        }
        Ok(())
    }

    fn null(mut self) {
        if self.node.rows {
            self.reach();
            if self.element {
                self.found.refused = Some("a list with null in it");
            }
        }
        for index in &self.node.captures {
            self.values[*index] = Scalar::Null;
        }
    }

    fn number(self, json: &mut Json<'_>) -> Parsed {
        let value = match json.number()? {
            Number::Whole(value) => Scalar::Count(value),
            Number::Negative(_) => Scalar::Other("a negative number"),
            Number::Float(value) if value.is_finite() => Scalar::Other("a fractional number"),
            Number::Float(_) => return Err(Stop::Syntax),
        };
        self.scalar(value, "a number");
        Ok(())
    }

    fn string(self, json: &mut Json<'_>) -> Parsed {
        let text = json.string()?;
        let text = match self.node.captures.is_empty() {
            true => String::new(),
            false => text.to_owned(),
        };
        self.scalar(Scalar::Text(text), "a string");
        Ok(())
    }
}
