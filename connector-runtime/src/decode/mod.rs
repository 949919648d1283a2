//! Page bytes to Arrow columns, in one pass, driven by the column specs.
//!
//! Nothing here is generic over the row type and nothing does I/O: a [`Decoder`] sees bytes and
//! columns only. Rows gather over pages until [`Decoder::take_batch`] hands them out.

mod absent;
mod body;
mod bound;
mod csv;
mod explain;
mod json;
mod lines;
mod list;
mod lookup;
mod mismatch;
mod object;
mod place;
mod plan;
mod quarantine;
mod reader;
mod row;
mod scalar;
#[cfg(test)]
pub(crate) mod tests;
mod unknown;
mod value;

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::Schema;
use serde_json::value::RawValue;

use crate::schema::{arrow_schema, gather};
use crate::spec::{ColumnSource, Path, ResourceSpec, ResponseFormat, UnknownFields};
use crate::value::Bounds;
use body::{Body, Node};
use json::Json;
use plan::Plan;
use quarantine::Quarantine;

pub(crate) use bound::BindError;
use explain::syntax_error;
pub(crate) use explain::{BodyError, beginning};
pub(crate) use lookup::value_at;
pub(crate) use mismatch::RowError;
pub(crate) use quarantine::Reject;
pub(crate) use scalar::{Given, Scalar};
pub(crate) use unknown::UnknownKey;

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
    /// Equal for two pages with the same keys in the same order, and the same cursor values where
    /// there is a cursor (all values, without a key).
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
        unknown: UnknownFields,
    ) -> Self {
        Self {
            plan: Plan::new(resource.fields, unknown),
            schema: arrow_schema(resource.fields),
            selector,
            root: Node::new(selector.map_or(&[], |path| path.segments), captures),
            captures: captures.len(),
            format,
            single,
            rows: 0,
        }
    }

    /// From now on rows have these values in the columns that do not come with them.
    ///
    /// # Errors
    ///
    /// When a column does not take its value: no row may come until others were given.
    pub(crate) fn bind<'a>(
        &mut self,
        value: impl Fn(ColumnSource) -> Option<&'a serde_json::Value>,
    ) -> Result<(), BindError> {
        self.plan.bind(|source| value(source).unwrap_or(&serde_json::Value::Null).to_string())
    }

    /// Whether rows have a key of their own, beside what is the same in all rows of a scan.
    pub(crate) fn is_keyed(&self) -> bool {
        self.plan.is_keyed()
    }

    /// From now on [`PageFacts::last`] is that of this column.
    pub(crate) fn remember(&mut self, column: &str) {
        let is_it = |field: &plan::Column| field.place.name() == column;
        self.plan.remembered = self.plan.columns.iter().position(is_it);
    }

    /// From now on this column, too, tells rows apart: of a row that has changed it has another value.
    pub(crate) fn tell_apart_by(&mut self, column: &str) {
        let is_it = |field: &&mut plan::Column| field.place.name() == column;
        if let Some(column) = self.plan.columns.iter_mut().find(is_it) {
            column.identifies = true;
        }
    }

    /// Refuses what the destination cannot store.
    pub(crate) fn limit(&mut self, bounds: Bounds) {
        self.plan.limit(bounds);
    }

    /// From now on rows that do not fit are no errors; [`Self::take_rejects`] hands them out.
    pub(crate) fn quarantine(&mut self) {
        self.plan.quarantine = Some(Quarantine::default());
    }

    /// What is wrong with the default of a column, or with the column that captures unknown fields.
    pub(crate) fn wrong_value(resource: &ResourceSpec, unknown: UnknownFields) -> Option<String> {
        Plan::new(resource.fields, unknown).wrong_value()
    }

    /// Rows that wait for [`Self::take_batch`], those among them that do not fit.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Decodes one page and keeps its rows.
    ///
    /// # Errors
    ///
    /// When the body is not of the format, has no rows where the selector points, or a row does not fit.
    /// The page is forgotten then; the rows of earlier pages stay.
    pub(crate) fn page(&mut self, body: &[u8]) -> Result<PageFacts, DecodeError> {
        let mut values = vec![Scalar::Missing; self.captures];
        self.plan.start_page();
        let items = self.parse(body, &mut values).inspect_err(|_| self.plan.forget_page())?;
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

    /// Forgets the rows of the last page, before anything of it was taken.
    pub(crate) fn forget_page(&mut self) {
        self.rows -= self.plan.page_rows();
        self.plan.forget_page();
    }

    /// Says how many elements hold rows, where these are not the rows.
    fn parse(&mut self, body: &[u8], values: &mut [Scalar]) -> Result<Option<u64>, DecodeError> {
        match self.format {
            ResponseFormat::Json => return self.json(body, values),
            ResponseFormat::Csv(spec) => csv::parse(body, spec, &mut self.plan)?,
            ResponseFormat::JsonLines => lines::parse(body, &mut self.plan)?,
        }
        Ok(None)
    }

    /// A body that is one JSON value.
    fn json(&mut self, body: &[u8], values: &mut [Scalar]) -> Result<Option<u64>, DecodeError> {
        let mut found = body::Found::default();
        let mut json = Json::new(body);
        let whole = Body {
            node: &self.root,
            plan: &mut self.plan,
            values,
            found: &mut found,
            single: self.single,
            many: false,
            element: false,
        };
        let parsed = whole.read(&mut json).and_then(|()| json.end());
        let foreign = |selector| DecodeError::Body(BodyError::foreign(body, selector));
        if parsed.is_err() {
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
                None => DecodeError::Body(BodyError::not_json(body, &syntax_error(body))),
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

    /// Hands out the rows of all whole pages so far that fit; `None` when there are none.
    pub(crate) fn take_batch(&mut self) -> Option<RecordBatch> {
        self.rows = 0;
        let in_columns = self.plan.progress.rows;
        let left_out = std::mem::take(&mut self.plan.left_out);
        if in_columns == 0 {
            return None;
        }
        let mut columns = self.plan.finish();
        if !left_out.is_empty() {
            let fits = |row: &usize| left_out.binary_search(row).is_err();
            let kept: Vec<_> = (0..in_columns).filter(fits).collect();
            columns = columns.iter().map(|column| gather(column, &kept)).collect();
        }
        let batch = RecordBatch::try_new(self.schema.clone(), columns)
            .expect("BUG: the columns were built for this schema");
        (batch.num_rows() > 0).then_some(batch)
    }

    /// Hands out the rows of all whole pages so far that do not fit.
    pub(crate) fn take_rejects(&mut self) -> Vec<Reject> {
        self.plan.take_rejects()
    }

    /// Keys that no column takes, as far as they are to be told.
    pub(crate) fn unknown_keys(&self) -> Vec<UnknownKey> {
        self.plan.unknown.told()
    }

    /// Takes over what another has seen that has decoded rows of the same resource: columns that have
    /// come, and unknown keys. Its rows stay with it.
    pub(crate) fn absorb(&mut self, other: &Self) {
        self.plan.absorb(&other.plan);
    }

    fn explain_row(&self, body: &[u8], mismatch: plan::Mismatch) -> RowError {
        RowError::new(body, self.selector, &self.plan, mismatch)
    }

    /// Columns whose key was in no row since the start, though there were rows.
    pub(crate) fn absent_columns(&self) -> Vec<&str> {
        self.plan.absent_fields().collect()
    }
}
