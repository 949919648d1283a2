//! What a row does not have: null, a default, or an error.

use super::object::{Object, Target};
use super::plan::{Column, MismatchKind, NULL, Plan, Subject};
use super::value::append_json;

impl Plan {
    /// Fills in what an object did not bring.
    pub(super) fn fill_absent(&mut self, object: usize) -> Result<(), ()> {
        for at in 0..self.objects[object].members.len() {
            let Object { members, serial, .. } = &self.objects[object];
            if members[at].seen == *serial {
                continue;
            }
            match members[at].target {
                // the end of the row, or of the scan, fills it
                Target::Bound(_) | Target::Capture(_) => {}
                Target::Column(column) => self.absent(column, MismatchKind::Absent)?,
                Target::List(list) => self.absent_list(list, MismatchKind::Absent)?,
                Target::Object { index, optional: true } => self.fill_null(index),
                Target::Object { index, optional: false } => {
                    self.start_object(index);
                    self.fill_absent(index)?;
                }
            }
        }
        Ok(())
    }

    /// Every column of an object that is null.
    pub(super) fn fill_null(&mut self, object: usize) {
        for member in 0..self.objects[object].members.len() {
            match self.objects[object].members[member].target {
                Target::Bound(_) => {}
                Target::Column(column) | Target::Capture(column) => {
                    self.columns[column].builder.append_null();
                    self.identify(column, || NULL);
                }
                Target::List(list) => self.lists[list].append_null(),
                Target::Object { index, .. } => self.fill_null(index),
            }
        }
    }

    /// A column whose value is null or was not sent.
    pub(super) fn absent(&mut self, column: usize, kind: MismatchKind) -> Result<(), ()> {
        let Column { spec, builder, .. } = &mut self.columns[column];
        if spec.nullable {
            builder.append_null();
            self.identify(column, || NULL);
            return Ok(());
        }
        match spec.default {
            Some(json) => append_json(self, column, json),
            None => {
                self.refuse(Subject::Column(column), kind);
                Err(())
            }
        }
    }

    /// A list that is null or was not sent.
    pub(super) fn absent_list(&mut self, list: usize, kind: MismatchKind) -> Result<(), ()> {
        if self.lists[list].optional {
            self.lists[list].append_null();
            return Ok(());
        }
        self.refuse(Subject::List(list), kind);
        Err(())
    }
}
