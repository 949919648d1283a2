//! What has come so far: rows to hand out, counts, and what to tell of a scan.

use arrow_array::RecordBatch;
use jiff::Timestamp;

use super::Pages;
use super::scan::Scan;
use crate::decode::UnknownKey;
use crate::destination::Reject;
use crate::error::Result;
use crate::http::Response;
use crate::report::{Traffic, UnknownField};

impl Pages {
    /// The rows of the pages since the last call, as `map` returns them, and without those that do
    /// not fit or that `filter` does not want.
    ///
    /// # Errors
    ///
    /// When `map` returned a row that does not fit.
    pub(crate) fn take_batch(&mut self) -> Result<Option<RecordBatch>> {
        match self.take_raw() {
            Some(batch) => self.shape(batch),
            None => Ok(None),
        }
    }

    /// The rows of the pages since the last call, as they came.
    pub(crate) fn take_raw(&mut self) -> Option<RecordBatch> {
        self.decoder.take_batch()
    }

    /// What `map` and `filter` leave of rows that were taken as they came.
    ///
    /// # Errors
    ///
    /// When `map` returned a row that does not fit.
    pub(crate) fn shape(&mut self, batch: RecordBatch) -> Result<Option<RecordBatch>> {
        let shaped = self.shape.apply(batch);
        shaped.map_err(|error| self.source.client.clean(error.with_resource(self.spec.name)))
    }

    /// The same of rows that are counted elsewhere.
    pub(crate) fn shape_beside(&mut self, batch: RecordBatch) -> Result<Option<RecordBatch>> {
        let filtered = self.shape.filtered;
        let shaped = self.shape(batch);
        self.shape.filtered = filtered;
        shaped
    }

    /// The rows of the pages since the last call that do not fit.
    pub(crate) fn take_rejects(&mut self) -> Vec<Reject> {
        std::mem::take(&mut self.rejects)
    }

    /// Rows so far that do not fit.
    pub(crate) fn quarantined(&self) -> u64 {
        self.quarantined
    }

    /// Rows so far that the filter has left out.
    pub(crate) fn filtered(&self) -> u64 {
        self.shape.filtered
    }

    /// Fields so far that the API sends and no column takes, as far as they are to be told.
    pub(crate) fn unknown_fields(&self) -> Vec<UnknownField> {
        let told = |key: UnknownKey| UnknownField {
            // a server may send what it was sent, as a key, too
            path: self.source.client.clean_text(&key.path),
            json_type: key.json_type.unwrap_or("null"),
            count: key.count,
        };
        self.decoder.unknown_keys().into_iter().map(told).collect()
    }

    /// Whether enough rows for a batch wait for [`Self::take_batch`].
    pub(crate) fn has_batch(&self) -> bool {
        self.decoder.rows() >= self.source.batch_rows
    }

    /// Rows received so far.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Rows that the API says there are, as long as one whole scan is all that was read.
    pub(crate) fn total_rows(&self) -> Option<u64> {
        let is_all = self.pages == self.scan.pages && !self.scan.is_rest;
        self.scan.paginator.total_rows().filter(|_| is_all)
    }

    /// Pages that these are, if all are as large as the largest so far.
    pub(crate) fn total_pages(&self) -> Option<u64> {
        let rows = self.total_rows()?;
        let pages = rows.checked_div(self.page_rows).filter(|_| self.page_rows > 0)?;
        Some(pages + u64::from(!rows.is_multiple_of(self.page_rows)))
    }

    /// From now on the last response is kept.
    pub(crate) fn keep_response(&mut self) {
        self.response.wanted = true;
    }

    /// The last page as it came.
    pub(crate) fn response(&self) -> Option<&Response> {
        self.response.last.as_ref()
    }

    /// Pages received, and what it took to get them, so far.
    pub(crate) fn traffic(&self) -> Traffic {
        Traffic { pages: self.pages, bytes: self.bytes, ..self.meter.read() }
    }

    /// Whether the last page of the scan has come.
    pub(crate) fn is_at_end(&self) -> bool {
        self.scan.next.is_none() && !self.goes_back()
    }

    /// Why the API gave less than it had promised.
    pub(crate) fn incomplete(&self) -> Option<&str> {
        self.scan.incomplete.as_deref()
    }

    /// Whether an answer was taken for the end that says nothing of the rows.
    pub(crate) fn was_ignored(&self) -> bool {
        self.scan.ended_by.is_some()
    }

    /// When the API gave the first page of the scan, by its own clock.
    pub(crate) fn answered_at(&self) -> Option<Timestamp> {
        self.scan.answered_at
    }

    /// What a person should know of a lone scan that succeeded.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let mut warnings = self.scan_warnings();
        warnings.extend(self.column_warnings());
        warnings
    }

    /// What a person should know of the scan.
    pub(crate) fn scan_warnings(&self) -> Vec<String> {
        let Scan { incomplete, ended_by, left_out, paginator, .. } = &self.scan;
        let told = [incomplete, ended_by, left_out].into_iter().flatten().cloned();
        told.chain(paginator.doubt()).collect()
    }

    /// What a person should know of the rows of all scans.
    pub(crate) fn column_warnings(&self) -> Vec<String> {
        let mut absent = self.decoder.absent_columns();
        absent.retain(|name| self.marks.as_deref() != Some(*name));
        let tell = |name: &str| {
            format!("no row has a value for column `{name}`: has the API renamed or dropped it?")
        };
        absent.into_iter().map(tell).collect()
    }

    /// No further scan comes: whether there are not too many rows that do not fit, by all that have
    /// come.
    ///
    /// # Errors
    ///
    /// When there are more than the resource bears with.
    pub(crate) fn settle(&self) -> Result<()> {
        let Some(quarantine) = &self.quarantine else { return Ok(()) };
        quarantine.check(true).map_err(|error| error.with_resource(self.spec.name))
    }

    /// Takes over what another has counted that read the same resource and reads no more.
    pub(crate) fn absorb(&mut self, other: &Self) {
        self.rows += other.rows;
        self.pages += other.pages;
        self.bytes += other.bytes;
        self.quarantined += other.quarantined;
        self.shape.filtered += other.shape.filtered;
        self.meter.add(&other.meter);
        self.decoder.absorb(&other.decoder);
    }
}
