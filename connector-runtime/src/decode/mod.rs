//! Page bytes to Arrow columns, in one pass, driven by the column specs.
//!
//! Nothing here is generic over the row type and nothing does I/O: a [`Decoder`] sees bytes and
//! columns only. Rows gather over pages until [`Decoder::take_batch`] hands them out.

mod body;
mod csv;
mod explain;
mod lines;
mod lookup;
mod plan;
mod row;
mod scalar;
#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::Schema;
use serde_json::value::RawValue;

use crate::schema::arrow_schema;
use crate::spec::{Path, ResourceSpec, ResponseFormat};
use body::{BodySeed, Node};
use plan::Plan;

pub(crate) use explain::{BodyError, RowError, beginning};
pub(crate) use lookup::value_at;
pub(crate) use scalar::{Given, Scalar};

/// What is wrong with a page.
#[derive(Debug)]
pub(crate) enum DecodeError {
    /// The body is not what the resource declares.
    Body(BodyError),
    /// A row does not fit.
    Row(RowError),
}

/// What a page says beside its rows.
#[derive(Debug, Default)]
pub(crate) struct PageFacts {
    /// Rows received.
    pub(crate) rows: u64,
    /// What the API counts: rows, or the elements that hold them (`orders[*].lines`).
    pub(crate) items: u64,
    /// The captured values, in the order of the paths that were asked for.
    pub(crate) values: Vec<Scalar>,
    /// Equal for two pages with the same keys in the same order (all values, without a key).
    pub(crate) fingerprint: u64,
    /// The value of the remembered column in the last row, as it came.
    pub(crate) last: Option<Given>,
    /// The values of the header that was asked for; filled in by whoever has the response.
    pub(crate) headers: Vec<String>,
}

/// Decodes the pages of one resource.
#[derive(Debug)]
pub(crate) struct Decoder {
    plan: Plan,
    schema: Arc<Schema>,
    selector: Option<Path>,
    root: Node,
    captures: usize,
    format: ResponseFormat,
    /// A lone object in the place of the list is one row.
    single: bool,
    rows: usize,
    /// A page failed half-way: its first rows are in the columns.
    torn: bool,
}

impl Decoder {
    /// `captures` are the places whose values [`PageFacts::values`] reports; `single`: a body that
    /// is one object may be one row. Lines of JSON and CSV have neither a selector nor captures.
    pub(crate) fn new(
        resource: &ResourceSpec,
        selector: Option<Path>,
        captures: &[Path],
        single: bool,
        format: ResponseFormat,
    ) -> Self {
        Self {
            plan: Plan::new(resource.fields),
            schema: arrow_schema(resource.fields),
            selector,
            root: Node::new(selector.map_or(&[], |path| path.segments), captures),
            captures: captures.len(),
            format,
            single,
            rows: 0,
            torn: false,
        }
    }

    /// From now on [`PageFacts::last`] is that of this column.
    pub(crate) fn remember(&mut self, column: &str) {
        self.plan.remembered = self.schema.index_of(column).ok();
    }

    /// Refuses integers that are larger than what the destination can store.
    pub(crate) fn limit_integers(&mut self, largest: u64) {
        self.plan.limit_integers(largest);
    }

    /// What is wrong with the default of a column.
    pub(crate) fn wrong_default(resource: &ResourceSpec) -> Option<String> {
        Plan::new(resource.fields).wrong_default()
    }

    /// Rows that wait for [`Self::take_batch`].
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Decodes one page and keeps its rows.
    ///
    /// # Errors
    ///
    /// When the body is not of the format, has no rows where the selector points, or a row does not fit.
    /// The rows of earlier pages can still be taken; no further page can be decoded.
    pub(crate) fn page(&mut self, body: &[u8]) -> Result<PageFacts, DecodeError> {
        let mut values = vec![Scalar::Missing; self.captures];
        self.plan.start_page();
        self.torn = true;
        let mut items = None;
        match self.format {
            ResponseFormat::Json => items = self.json(body, &mut values)?,
            ResponseFormat::Csv(spec) => csv::parse(body, spec, &mut self.plan)?,
            ResponseFormat::JsonLines => lines::parse(body, &mut self.plan)?,
        }
        self.torn = false;
        let rows = self.plan.page_rows();
        self.rows += rows;
        Ok(PageFacts {
            rows: rows as u64,
            items: items.unwrap_or(rows as u64),
            values,
            fingerprint: self.plan.fingerprint(),
            last: self.plan.take_last(),
            headers: Vec::new(),
        })
    }

    /// A body that is one JSON value. Says how many elements hold rows, where these are not the rows.
    fn json(&mut self, body: &[u8], values: &mut [Scalar]) -> Result<Option<u64>, DecodeError> {
        let mut found = body::Found::default();
        let mut json = serde_json::Deserializer::from_slice(body);
        let seed = BodySeed {
            node: &self.root,
            plan: &mut self.plan,
            values,
            found: &mut found,
            single: self.single,
            many: false,
            element: false,
        };
        let parsed = seed.parse(&mut json).and_then(|()| json.end());
        let foreign = |selector| DecodeError::Body(BodyError::foreign(body, selector));
        if let Err(error) = parsed {
            if found.is_single() && self.plan.knows_nothing_of_the_row() {
                return Err(foreign(self.selector));
            }
            let mismatch = self.plan.take_mismatch().or_else(|| {
                // a value that the parser refuses in a body that is whole
                let whole = serde_json::from_slice::<&RawValue>(body).is_ok();
                whole.then(|| self.plan.refused_value()).flatten()
            });
            return Err(match mismatch {
                Some(mismatch) => DecodeError::Row(self.explain_row(body, mismatch)),
                None => DecodeError::Body(BodyError::not_json(body, &error)),
            });
        }
        if let Some(problem) = found.problem() {
            return Err(DecodeError::Body(BodyError::no_rows(body, self.selector, problem)));
        }
        if found.is_single() && self.plan.last_row_is_foreign() {
            return Err(foreign(self.selector));
        }
        Ok(found.items())
    }

    /// Hands out the rows of all whole pages so far; `None` when there are none.
    pub(crate) fn take_batch(&mut self) -> Option<RecordBatch> {
        let rows = std::mem::take(&mut self.rows);
        if rows == 0 {
            return None;
        }
        let mut columns = self.plan.finish();
        if self.torn {
            // values of the page that failed follow the whole pages
            columns.iter_mut().for_each(|column| *column = column.slice(0, rows));
        }
        Some(
            RecordBatch::try_new(self.schema.clone(), columns)
                .expect("BUG: the columns were built for this schema"),
        )
    }

    fn explain_row(&self, body: &[u8], mismatch: plan::Mismatch) -> RowError {
        RowError::new(body, self.selector, &self.plan, mismatch)
    }

    /// Columns whose key was in no row since the start, though there were rows.
    pub(crate) fn absent_columns(&self) -> Vec<&str> {
        self.plan.absent_columns().map(|index| self.schema.field(index).name().as_str()).collect()
    }
}
