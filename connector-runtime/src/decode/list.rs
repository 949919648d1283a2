//! Lists in the plan, and the arrays of nested columns.

use arrow_array::ArrayRef;
use arrow_schema::FieldRef;

use super::object::Target;
use super::place::Place;
use super::plan::Plan;
use crate::value::{Offsets, records};

/// A list of a row.
#[derive(Debug)]
pub(super) struct List {
    pub(super) optional: bool,
    pub(super) element: Element,
    pub(super) place: Place,
    pub(super) ever_seen: bool,
    /// The Arrow field of its elements.
    pub(super) item: FieldRef,
    offsets: Offsets,
    /// Elements that were begun, of this list in all rows.
    elements: usize,
    /// Of them those that came before the list that is being read.
    start: usize,
}

/// What takes the elements of a list.
#[derive(Clone, Copy, Debug)]
pub(super) enum Element {
    /// Their members.
    Object(usize),
    /// A column.
    Column(usize),
}

impl List {
    pub(super) fn new(optional: bool, element: Element, place: Place, item: FieldRef) -> Self {
        Self {
            optional,
            element,
            place,
            ever_seen: false,
            item,
            offsets: Offsets::new(),
            elements: 0,
            start: 0,
        }
    }

    /// A list begins.
    pub(super) fn start(&mut self) {
        self.start = self.elements;
    }

    /// An element begins.
    pub(super) fn start_element(&mut self) {
        self.elements += 1;
    }

    /// The list that began has ended.
    pub(super) fn end(&mut self) {
        self.offsets.push(self.elements);
    }

    pub(super) fn append_null(&mut self) {
        self.offsets.push_null();
    }

    /// The place of the current element in its list, from 0.
    pub(super) fn index(&self) -> usize {
        (self.elements - self.start).saturating_sub(1)
    }

    fn finish(&mut self, values: ArrayRef) -> ArrayRef {
        (self.elements, self.start) = (0, 0);
        self.offsets.finish(&self.item, values)
    }
}

impl Plan {
    /// The arrays of the rows so far, in the order of the struct's fields; starts anew.
    pub(super) fn finish(&mut self) -> Vec<ArrayRef> {
        let mut arrays = Vec::new();
        self.bound.fill(self.progress.rows);
        self.finish_object(0, &mut arrays);
        self.progress.rows = 0;
        self.bound.clear();
        arrays
    }

    fn finish_object(&mut self, object: usize, arrays: &mut Vec<ArrayRef>) {
        for member in 0..self.objects[object].members.len() {
            match self.objects[object].members[member].target {
                Target::Bound(column) => arrays.push(self.bound.array(column)),
                Target::Column(column) | Target::Capture(column) => {
                    arrays.push(self.columns[column].builder.finish());
                }
                Target::Object { index, .. } => self.finish_object(index, arrays),
                Target::List(list) => arrays.push(self.finish_list(list)),
            }
        }
    }

    fn finish_list(&mut self, list: usize) -> ArrayRef {
        let values = match self.lists[list].element {
            Element::Object(object) => {
                let mut arrays = Vec::new();
                self.finish_object(object, &mut arrays);
                records(&self.lists[list].item, arrays)
            }
            Element::Column(column) => self.columns[column].builder.finish(),
        };
        self.lists[list].finish(values)
    }

    /// Fills the columns of an object that was not read to its end up to so many values each.
    pub(super) fn pad(&mut self, object: usize, len: usize) {
        for member in 0..self.objects[object].members.len() {
            match self.objects[object].members[member].target {
                // filled when it is known how many rows there are
                Target::Bound(_) => {}
                Target::Column(column) | Target::Capture(column) => {
                    self.columns[column].builder.pad(len);
                }
                Target::Object { index, .. } => self.pad(index, len),
                Target::List(list) => self.pad_list(list, len),
            }
        }
    }

    fn pad_list(&mut self, list: usize, len: usize) {
        let elements = self.lists[list].elements;
        match self.lists[list].element {
            Element::Object(object) => self.pad(object, elements),
            Element::Column(column) => self.columns[column].builder.pad(elements),
        }
        while self.lists[list].offsets.len() < len {
            self.lists[list].end();
        }
    }
}
