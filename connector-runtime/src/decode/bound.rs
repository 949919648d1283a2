//! Columns whose values do not come with the rows: those of the parent's row, or of the partition.
//!
//! All rows of a scan have the same value, so it is decoded once a scan, and nothing is done for a
//! row: when the rows are handed out, each gets the value of its scan.

use arrow_array::ArrayRef;

use super::plan::{MismatchKind, Plan};
use super::value::append_json;
use crate::schema::repeat;
use crate::spec::ColumnSource;

/// The bound columns of a resource.
#[derive(Debug, Default)]
pub(super) struct Bound {
    columns: Vec<usize>,
    /// The values of the scan that is read, in the order of the columns: one in each array.
    values: Vec<ArrayRef>,
    /// The values of the scans whose rows are in the columns, and of how many rows each.
    scans: Vec<(Vec<ArrayRef>, usize)>,
    /// Rows of these scans.
    rows: usize,
}

/// A value that its column does not take.
#[derive(Debug)]
pub(crate) struct BindError {
    pub(crate) column: String,
    /// Where the value comes from.
    pub(crate) source: ColumnSource,
    pub(crate) expected: String,
    /// As JSON; `null`: there is none.
    pub(crate) found: String,
}

impl Bound {
    pub(super) fn push(&mut self, column: usize) {
        self.columns.push(column);
    }

    /// As many rows are in the columns now: those that came last are of the scan that is read.
    pub(super) fn fill(&mut self, rows: usize) {
        if rows > self.rows && !self.columns.is_empty() {
            self.scans.push((self.values.clone(), rows - self.rows));
            self.rows = rows;
        }
    }

    /// The values of a column, one for each row.
    pub(super) fn array(&self, column: usize) -> ArrayRef {
        let at = self.columns.iter().position(|bound| *bound == column);
        let at = at.expect("BUG: the column is bound");
        repeat(self.scans.iter().map(|(values, rows)| (&values[at], *rows)))
    }

    /// The rows were handed out.
    pub(super) fn clear(&mut self) {
        self.scans.clear();
        self.rows = 0;
    }
}

impl Plan {
    /// From here on rows have these values, given as JSON.
    pub(super) fn bind(&mut self, value: impl Fn(ColumnSource) -> String) -> Result<(), BindError> {
        self.bound.fill(self.progress.rows);
        self.bound.values.clear();
        for at in 0..self.bound.columns.len() {
            let column = self.bound.columns[at];
            let json = value(self.columns[column].spec.source);
            let appended = append_json(self, column, &json);
            // no other value gets in there
            let value = self.columns[column].builder.finish();
            if appended.is_err() {
                return Err(self.bind_error(column, json));
            }
            self.bound.values.push(value);
        }
        Ok(())
    }

    fn bind_error(&mut self, column: usize, found: String) -> BindError {
        let expected = match self.take_mismatch().map(|mismatch| mismatch.kind) {
            Some(MismatchKind::Value { expected }) => expected,
            _ => "a value".to_owned(),
        };
        let column = &self.columns[column];
        let (name, source) = (column.place.name().to_owned(), column.spec.source);
        BindError { column: name, source, expected, found }
    }
}
