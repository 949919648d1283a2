//! What has come so far: rows to hand out, counts, and what to tell of a scan.

use arrow_array::RecordBatch;

use super::{Pages, Quarantine};
use crate::decode::UnknownKey;
use crate::destination::Reject;
use crate::error::Result;
#[cfg(feature = "cli")]
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
        let Some(batch) = self.decoder.take_batch() else { return Ok(None) };
        let shaped = self.shape.apply(batch);
        shaped.map_err(|error| self.source.client.clean(error.with_resource(self.resource)))
    }

    /// The rows of the pages since the last call that do not fit.
    pub(crate) fn take_rejects(&mut self) -> Vec<Reject> {
        self.quarantine.as_mut().map_or_else(Vec::new, Quarantine::take)
    }

    /// Rows so far that do not fit.
    pub(crate) fn quarantined(&self) -> u64 {
        self.quarantine.as_ref().map_or(0, Quarantine::rows)
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

    /// Rows that wait for [`Self::take_batch`].
    pub(crate) fn waiting_rows(&self) -> usize {
        self.decoder.rows()
    }

    /// Rows received so far.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Rows that the API says there are.
    #[cfg(feature = "cli")]
    pub(crate) fn total_rows(&self) -> Option<u64> {
        self.paginator.total_rows()
    }

    /// From now on the last response is kept.
    #[cfg(feature = "cli")]
    pub(crate) fn keep_response(&mut self) {
        self.response.wanted = true;
    }

    /// The last page as it came.
    #[cfg(feature = "cli")]
    pub(crate) fn response(&self) -> Option<&Response> {
        self.response.last.as_ref()
    }

    /// Pages received, and what it took to get them, so far.
    pub(crate) fn traffic(&self) -> Traffic {
        let (requests, retries) = self.meter.read();
        Traffic { pages: self.pages, requests, retries, bytes: self.bytes }
    }

    /// Whether the last page has come.
    pub(crate) fn is_at_end(&self) -> bool {
        self.next.is_none()
    }

    /// Why the API gave less than it had promised.
    pub(crate) fn incomplete(&self) -> Option<&str> {
        self.incomplete.as_deref()
    }

    /// Whether an answer was taken for the end that says nothing of the rows.
    pub(crate) fn was_ignored(&self) -> bool {
        self.ended_by.is_some()
    }

    /// What a person should know of a scan that succeeded.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let absent = self.decoder.absent_columns();
        let absent =
            absent.iter().filter(|name| self.marks.as_deref() != Some(**name)).map(|name| {
                format!(
                    "no row has a value for column `{name}`: has the API renamed or dropped it?"
                )
            });
        let told = self.incomplete.clone().into_iter().chain(self.ended_by.clone());
        let told = told.chain(self.paginator.doubt());
        told.chain(absent).collect()
    }
}
