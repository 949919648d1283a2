//! What a connector remembers of a resource, or of one partition of it, in the destination, next to
//! its rows.

mod cursor;
mod fold;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use cursor::CursorValue;
pub(crate) use fold::{Boundary, Delta};

/// The state of a resource, or of one partition of it, after a commit: always that of rows which are
/// committed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct State {
    /// Version of this format.
    pub version: u32,
    /// The load that wrote it.
    pub load_id: i64,
    /// Whether the last load had seen everything that it was to see.
    pub complete: bool,
    /// Rows received by the last load when this was written.
    pub rows: u64,
    /// Pages received by the last load when this was written.
    pub pages: u64,
    /// The column that the cursor's values are of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Every row up to here is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<CursorValue>,
    /// Windows `[start, end)` beyond the cursor that are complete, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<(CursorValue, CursorValue)>,
    /// Digests of the rows that are equal to the cursor, where rows are appended, and how many rows
    /// have each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub boundary: Vec<(u64, u32)>,
    /// An interrupted scan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scan: Option<Scan>,
    /// The parent's cursor value when its children were read; in a state of a resource as a whole:
    /// every parent up to here has had its children read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<CursorValue>,
    /// The resources below this one that were read with it then. Of any other nothing is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<String>,
    /// The load that began to read the partitions of the resource which this state belongs to. An
    /// interrupted load goes on under the number of its first run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass: Option<i64>,
    /// When that was.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "cursor::optional_text")]
    pub began: Option<Timestamp>,
}

/// An interrupted scan, and where it goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Scan {
    /// When its first request was sent.
    #[serde(with = "cursor::text")]
    pub began: Timestamp,
    /// A digest of what its requests have in common: another request is another scan.
    pub request: u64,
    /// The page that is asked for first.
    pub position: PagePosition,
    /// The digest of that page, where it has come before: it must come again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<u64>,
    /// The lower bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<CursorValue>,
    /// The upper bound, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<CursorValue>,
    /// What the cursor does not pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<CursorValue>,
    /// The greatest cursor value so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<CursorValue>,
    /// The cursor value of the parent's row when it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<CursorValue>,
}

impl Scan {
    /// A scan that could go on at its first page.
    pub(crate) fn new(began: Timestamp, request: u64) -> Self {
        Self {
            began,
            request,
            position: PagePosition::Count(0),
            digest: None,
            start: None,
            end: None,
            ceiling: None,
            max: None,
            parent: None,
        }
    }
}

/// A page that can be asked for by a later run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PagePosition {
    /// An offset.
    Count(u64),
    /// What the page before gave to ask for it, as text.
    Cursor(String),
    /// The same, a number.
    CursorNumber(String),
    /// Its URL.
    Link(String),
    /// A page number.
    Page {
        /// The page.
        number: u64,
        /// Rows of the pages before it.
        before: u64,
    },
}

/// Whether the state of this key is that of a resource as a whole, or as far as a part of it goes (`@1/2`):
/// not of a partition.
pub(crate) fn is_of_whole(key: &str) -> bool {
    key.is_empty() || key.starts_with('@')
}

/// The version that this release writes.
pub const STATE_VERSION: u32 = 2;
