//! What a run would find in a destination, for those who ask before it.

use crate::report::SchemaChange;

/// What [`Destination::diff`](super::Destination::diff) found.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Diff {
    /// What `open` would make or alter.
    pub changes: Vec<SchemaChange>,
    /// Of which resources something may be remembered.
    pub remembered: Vec<Remembered>,
}

/// Of a resource something may be remembered: its [`states`](super::Destination::states) may be read.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Remembered {
    /// The resource.
    pub resource: &'static str,
    /// How many of its partitions have a state.
    pub partitions: u64,
}

impl Diff {
    /// What was found.
    pub fn new(changes: Vec<SchemaChange>, remembered: Vec<Remembered>) -> Self {
        Self { changes, remembered }
    }
}

impl Remembered {
    /// Of a resource, with how many partitions.
    pub fn new(resource: &'static str, partitions: u64) -> Self {
        Self { resource, partitions }
    }
}
