//! What a run would find in a destination, for those who ask before it.

use crate::report::SchemaChange;
use crate::state::State;

/// What [`Destination::diff`](super::Destination::diff) found.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Diff {
    /// What `open` would make or alter.
    pub changes: Vec<SchemaChange>,
    /// What is remembered, resource by resource.
    pub remembered: Vec<Remembered>,
}

/// What is remembered of a resource.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Remembered {
    /// The resource.
    pub resource: &'static str,
    /// The states of the resource as a whole, and of the parts of it (`@2/4`); and how far it has come with
    /// the rows of its parent as a whole (`^`, `^@2/4`).
    pub states: Vec<(String, State)>,
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
    /// What is remembered of a resource, from all of its states.
    pub fn new(resource: &'static str, states: impl IntoIterator<Item = (String, State)>) -> Self {
        let (mut whole, mut partitions) = (Vec::new(), 0);
        for (partition, state) in states {
            let of = partition.strip_prefix('^').unwrap_or(&partition);
            match of.is_empty() || of.starts_with('@') {
                true => whole.push((partition, state)),
                false => partitions += u64::from(partition.starts_with('[')),
            }
        }
        Self { resource, states: whole, partitions }
    }
}
