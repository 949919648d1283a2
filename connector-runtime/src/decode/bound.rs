//! Columns whose values do not come with the rows: those of the parent's row, or of the partition.
//!
//! All rows of a scan have the same value, so it is decoded once a scan, and nothing is done for a
//! row: when the rows are handed out, each gets the value of its scan.

use arrow_array::ArrayRef;

use super::plan::{MismatchKind, Plan};
use super::value::append_json;
use crate::schema::gather;
use crate::spec::ColumnSource;

/// The bound columns of a resource.
#[derive(Debug, Default)]
pub(super) struct Bound {
    pub(super) columns: Vec<usize>,
    /// The values of the scan that is read, as JSON, in the order of the columns.
    values: Vec<String>,
    /// Scans whose values are in the columns.
    scans: usize,
    /// For each row the place of its scan among them.
    rows: Vec<usize>,
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

impl Plan {
    /// From here on rows have these values, given as JSON.
    pub(super) fn bind(&mut self, value: impl Fn(ColumnSource) -> String) -> Result<(), BindError> {
        if self.bound.columns.is_empty() {
            return Ok(());
        }
        self.fill_bound();
        let source = |plan: &Self, column: usize| plan.columns[column].spec.source;
        let columns = self.bound.columns.iter();
        self.bound.values = columns.map(|column| value(source(self, *column))).collect();
        self.bound.scans += 1;
        self.append_bound().map_err(|(at, expected)| {
            let column = self.bound.columns[at];
            BindError {
                column: self.columns[column].place.name().to_owned(),
                source: source(self, column),
                expected,
                found: self.bound.values[at].clone(),
            }
        })
    }

    /// Appends the values of the scan; where one does not fit, says which and what was expected.
    fn append_bound(&mut self) -> Result<(), (usize, String)> {
        for at in 0..self.bound.columns.len() {
            let column = self.bound.columns[at];
            let json = std::mem::take(&mut self.bound.values[at]);
            let appended = append_json(self, column, &json);
            self.bound.values[at] = json;
            if appended.is_err() {
                // no row will have these
                for column in &self.bound.columns {
                    self.columns[*column].builder.pad(self.bound.scans);
                }
                return Err((at, self.expected_bound()));
            }
        }
        Ok(())
    }

    fn expected_bound(&mut self) -> String {
        match self.take_mismatch().map(|mismatch| mismatch.kind) {
            Some(MismatchKind::Value { expected }) => expected,
            _ => "a value".to_owned(),
        }
    }

    /// The rows up to here are of the scan that is read.
    pub(super) fn fill_bound(&mut self) {
        if let Some(scan) = self.bound.scans.checked_sub(1) {
            self.bound.rows.resize(self.progress.rows, scan);
        }
    }

    /// The values of a bound column, one for each row.
    pub(super) fn finish_bound(&mut self, column: usize) -> ArrayRef {
        gather(&self.columns[column].builder.finish(), &self.bound.rows)
    }

    /// The rows were handed out; further ones of the scan may come.
    pub(super) fn restart_bound(&mut self) {
        if self.bound.scans == 0 {
            return;
        }
        self.bound.rows.clear();
        self.bound.scans = 1;
        // after one that does not fit no row comes
        let _ = self.append_bound();
    }
}
