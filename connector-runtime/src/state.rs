//! What a connector remembers of a resource, in the destination, next to its rows.

use serde::{Deserialize, Serialize};

/// The state of one resource after a commit: always that of rows which are committed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct State {
    /// Version of this format.
    pub version: u32,
    /// The load that wrote it.
    pub load_id: i64,
    /// Whether the last load had seen everything the API has.
    pub complete: bool,
    /// Rows received by the last load when this was written.
    pub rows: u64,
    /// Pages received by the last load when this was written.
    pub pages: u64,
}

/// The version that this release writes.
pub const STATE_VERSION: u32 = 1;
