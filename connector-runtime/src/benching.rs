//! What the programs in `benches/` reach of the inside: parts of a load, each without the others. With the
//! feature `testing` only, and not part of the public interface.

use arrow_array::RecordBatch;

#[cfg(feature = "sqlite")]
pub use crate::destination::SqliteBinding;
#[cfg(feature = "postgres")]
pub use crate::destination::postgres_copy;

use crate::decode::{DecodeError, Decoder};
use crate::spec::{ResourceSpec, ResponseFormat, UnknownFields};

/// Pages of a resource on their way to batches, as a run decodes them.
#[derive(Debug)]
pub struct Decode(Decoder);

impl Decode {
    /// Of JSON.
    pub fn new(resource: &ResourceSpec) -> Self {
        let json = ResponseFormat::Json;
        let selector = resource.data_selector;
        Self(Decoder::new(resource, selector, &[], false, json, UnknownFields::Report))
    }

    /// Decodes a page and says how many rows it has.
    ///
    /// # Errors
    ///
    /// When it does not fit.
    pub fn page(&mut self, body: &[u8]) -> Result<u64, String> {
        self.0.page(body).map(|facts| facts.rows).map_err(|error| match error {
            DecodeError::Body(body) => body.message,
            DecodeError::Row(row) => format!("{}: {}", row.place, row.message),
        })
    }

    /// The rows of all pages since the last batch.
    pub fn take_batch(&mut self) -> Option<RecordBatch> {
        self.0.take_batch()
    }
}
