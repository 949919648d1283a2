//! What functions of the user's make of rows: `map`, then `filter`.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::Schema;

use crate::error::{Error, ErrorKind, Result};
use crate::schema::{arrow_schema, gather};
use crate::spec::{Filter, MapRow, ResourceSpec};
use crate::value::{Bounds, Row, RowBuilder};

/// The functions of a resource, and what they left out.
pub(super) struct Shape {
    map: Option<Map>,
    filter: Option<Filter>,
    /// Rows that the filter has left out so far.
    pub(super) filtered: u64,
}

struct Map {
    function: MapRow,
    schema: Arc<Schema>,
    rows: RowBuilder,
}

impl Shape {
    /// `bounds`: what the destination can store of what `map` returns.
    pub(super) fn new(spec: &ResourceSpec, bounds: Bounds) -> Self {
        let map = spec.map.map(|function| {
            let schema = arrow_schema(spec.fields);
            let mut rows = RowBuilder::new(spec.fields, schema.fields());
            rows.limit(bounds);
            Map { function, schema, rows }
        });
        Self { map, filter: spec.filter, filtered: 0 }
    }

    /// The rows that are left, as they are to be; `None` when there are none.
    ///
    /// # Errors
    ///
    /// When `map` returned a value that cannot be stored.
    pub(super) fn apply(&mut self, batch: RecordBatch) -> Result<Option<RecordBatch>> {
        let batch = match &mut self.map {
            Some(map) => map.apply(&batch)?,
            None => batch,
        };
        Ok(match self.filter {
            Some(filter) => self.keep(filter, batch),
            None => Some(batch),
        })
    }

    fn keep(&mut self, wanted: Filter, batch: RecordBatch) -> Option<RecordBatch> {
        let rows = batch.num_rows();
        let is_wanted = |row: &usize| wanted(&mut Row::new(batch.columns(), *row));
        let kept: Vec<usize> = (0..rows).filter(is_wanted).collect();
        self.filtered += (rows - kept.len()) as u64;
        if kept.len() == rows {
            return Some(batch);
        }
        let columns = batch.columns().iter().map(|column| gather(column, &kept)).collect();
        (!kept.is_empty()).then(|| of_schema(batch.schema(), columns))
    }
}

impl Map {
    fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch> {
        for row in 0..batch.num_rows() {
            (self.function)(&mut Row::new(batch.columns(), row), &mut self.rows);
        }
        let failure = self.rows.take_failure();
        let columns = self.rows.finish();
        if let Some((field, expected)) = failure {
            let name = self.schema.field(field).name();
            let text =
                format!("`map` returned a row that does not fit: `{name}`: expected {expected}");
            return Err(Error::new(ErrorKind::Row, text));
        }
        Ok(of_schema(self.schema.clone(), columns))
    }
}

fn of_schema(schema: Arc<Schema>, columns: Vec<arrow_array::ArrayRef>) -> RecordBatch {
    RecordBatch::try_new(schema, columns).expect("BUG: the columns were built for this schema")
}
