//! States: a row for each partition of a resource, found by its key.

use std::collections::BTreeMap;

use super::Types;
use crate::destination::sql::{Dialect, Space, literal};
use crate::destination::{Load, PartitionState, Progress, RejectId};
use crate::error::{Error, ErrorKind, Result};
use crate::report::Status;
use crate::state::State;

/// States that are written together, by partition. The order is that in which rows are locked: two
/// writers never wait for each other.
pub(in crate::destination) type Changes<'a> = BTreeMap<&'a str, Option<&'a State>>;

/// What waits, with the rows beside which it came, for a load to be published: states, and rejects
/// that go.
#[derive(Clone, Debug, Default)]
pub(in crate::destination) struct Waiting {
    states: BTreeMap<String, Option<State>>,
    settled: Vec<RejectId>,
}

impl Waiting {
    /// Takes what came with a batch.
    pub(in crate::destination) fn add(&mut self, progress: &Progress) {
        self.states.extend(progress.states.iter().cloned());
        self.settled.extend(&progress.settled);
    }

    /// Forgets what is published.
    pub(in crate::destination) fn clear(&mut self) {
        self.states.clear();
        self.settled.clear();
    }

    /// What is written with these, the last of each partition.
    pub(in crate::destination) fn with<'a>(&'a self, states: &'a [PartitionState]) -> Changes<'a> {
        let earlier =
            self.states.iter().map(|(partition, state)| (partition.as_str(), state.as_ref()));
        earlier.chain(changes(states)).collect()
    }

    /// The rejects that go with these.
    pub(in crate::destination) fn settled_with(&self, progress: &Progress) -> Vec<RejectId> {
        self.settled.iter().chain(&progress.settled).copied().collect()
    }
}

/// What is written of these, in their order.
pub(in crate::destination) fn changes(
    states: &[PartitionState],
) -> impl Iterator<Item = (&str, Option<&State>)> {
    states.iter().map(|(partition, state)| (partition.as_str(), state.as_ref()))
}

pub(in crate::destination) fn to_json(state: &State) -> Result<String> {
    serde_json::to_string(state)
        .map_err(|error| Error::new(ErrorKind::Internal, format!("BUG: {error}")))
}

/// The state of a text that was read.
pub(in crate::destination) fn parse(resource: &str, partition: &str, json: &str) -> Result<State> {
    serde_json::from_str(json).map_err(|error| {
        let of = match partition {
            "" => String::new(),
            partition => format!(", partition `{partition}`,"),
        };
        let message = format!("the state of `{resource}`{of} cannot be read: {error}");
        Error::new(ErrorKind::Destination, message).with_help("was it written by a newer release?")
    })
}

/// How many partitions of a resource have a state.
pub(in crate::destination) fn count_partitions(space: &Space, load: &Load) -> String {
    format!(
        "SELECT count(*) FROM {} WHERE connector = {} AND resource = {} AND \"partition\" LIKE '[%'",
        space.table("_connector_state"),
        literal(load.connector),
        literal(load.resource)
    )
}

/// Has a row if a run would pass over rows that earlier ones have loaded: their states say that they are there.
/// States that were set by hand are an order, whatever is there.
pub(in crate::destination) fn passes_over(space: &Space, load: &Load) -> String {
    // of partitions without a cursor those are passed over that an unfinished pass has read
    let passes =
        ["cursor", "windows", "scan", "parent"].map(|key| format!("state LIKE '%\"{key}\":%'"));
    let passes = passes.join(" OR ");
    let unfinished = "\"partition\" NOT LIKE '[%' AND state LIKE '%\"complete\":false%' AND state LIKE '%\"pass\":%'";
    format!(
        "SELECT 1 FROM {} AS s WHERE connector = {} AND resource = {} AND ({passes} OR ({unfinished})) AND EXISTS (SELECT 1 FROM {} AS l WHERE l.load_id = s.load_id AND l.resource = s.resource AND l.status <> '{}') LIMIT 1",
        space.table("_connector_state"),
        literal(load.connector),
        literal(load.resource),
        space.table("_connector_loads"),
        Status::Edited.as_str(),
    )
}

/// What to say where the table is not there.
pub(in crate::destination) fn lost(load: &Load) -> Error {
    let message = "the table is not there, though what is remembered of earlier loads says that its rows are: they would be passed over";
    let help = format!(
        "run with `--full-refresh`, or `state reset {}` first, and all rows are read again; or give the table back",
        load.resource
    );
    Error::new(ErrorKind::Destination, message).with_resource(load.resource).with_help(help)
}

/// The first text, byte by byte, that is beyond all which begin so. `None`: there is none.
pub(in crate::destination) fn beyond(prefix: &str) -> Option<String> {
    let mut beyond = prefix.to_owned();
    while let Some(last) = beyond.pop() {
        // there are no characters between these two
        let next = match last {
            '\u{d7ff}' => Some('\u{e000}'),
            last => char::from_u32(last as u32 + 1),
        };
        if let Some(next) = next {
            beyond.push(next);
            return Some(beyond);
        }
    }
    None
}

/// The table.
pub(super) fn create(space: &Space) -> String {
    let Types { bigint, text, end, .. } = Types::of(space.dialect);
    let columns = match space.dialect {
        #[cfg(feature = "postgres")]
        Dialect::Postgres => [PARTITION, LONG_PARTITION].join(", "),
        #[cfg(feature = "sqlite")]
        Dialect::Sqlite => "\"partition\" TEXT NOT NULL DEFAULT ''".to_owned(),
    };
    format!(
        "CREATE TABLE {} (connector {text} NOT NULL, resource {text} NOT NULL, {columns}, state {text} NOT NULL, load_id {bigint} NOT NULL, PRIMARY KEY (connector, resource, \"partition\")){end}",
        space.table("_connector_state")
    )
}

/// Partitions in a table that had a row for each resource.
pub(super) fn add_partitions(space: &Space) -> Vec<String> {
    let table = space.table("_connector_state");
    match space.dialect {
        #[cfg(feature = "postgres")]
        Dialect::Postgres => vec![format!(
            "ALTER TABLE {table} ADD COLUMN {PARTITION}, ADD COLUMN {LONG_PARTITION}, DROP CONSTRAINT _connector_state_pkey, ADD PRIMARY KEY (connector, resource, \"partition\")"
        )],
        // a key cannot be altered there
        #[cfg(feature = "sqlite")]
        Dialect::Sqlite => {
            let old = "_connector_state_2";
            vec![
                format!("ALTER TABLE {table} RENAME TO {old}"),
                create(space),
                format!(
                    "INSERT INTO {table} (connector, resource, state, load_id) SELECT connector, resource, state, load_id FROM {old}"
                ),
                format!("DROP TABLE {old}"),
            ]
        }
    }
}

/// Texts compare byte by byte, so that those with one beginning are neighbours in the index.
#[cfg(feature = "postgres")]
const PARTITION: &str = "\"partition\" text COLLATE \"C\" NOT NULL DEFAULT ''";

/// The whole text, where it is too long for an index.
#[cfg(feature = "postgres")]
const LONG_PARTITION: &str = "long_partition text";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Traffic;

    #[test]
    fn beyond_all_that_begin_so() {
        assert_eq!(beyond("@").as_deref(), Some("A"));
        assert_eq!(beyond("ab\u{7f}").as_deref(), Some("ab\u{80}"));
        assert_eq!(beyond("a\u{d7ff}").as_deref(), Some("a\u{e000}"));
        assert_eq!(beyond("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(beyond("\u{10ffff}"), None);
        assert_eq!(beyond(""), None);
    }

    #[test]
    fn the_last_of_a_partition_counts() {
        let state = |load_id| Some(State { load_id, ..State::default() });
        let mut waiting = Waiting::default();
        let states = vec![("a".into(), state(1)), ("b".into(), state(1)), ("a".into(), state(2))];
        waiting.add(&Progress::new(states, 0, Traffic::default()));
        let later = [("b".into(), None), ("c".into(), state(3)), ("c".into(), state(4))];
        let written = waiting.with(&later);
        let ids: Vec<_> =
            written.iter().map(|(at, state)| (*at, state.map(|state| state.load_id))).collect();
        assert_eq!(ids, [("a", Some(2)), ("b", None), ("c", Some(4))]);
    }
}
