//! [`Load`]: one resource on its way into its tables, and how its rows meet those that are there.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::report::Status;
use crate::schema::{Table, Tables};
use crate::spec::{ColumnMark, DeleteMissing, MergeStrategy, SchemaContract, WriteDisposition};

/// One resource on its way into its tables.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Load {
    /// The connector's name.
    pub connector: &'static str,
    /// The resource's name, which is that of its first table.
    pub resource: &'static str,
    /// Its tables.
    pub tables: Tables,
    /// How rows meet those that are there.
    pub write: Write,
    /// Its rows go into its tables. Otherwise there are none, and only state, log and rejects are
    /// written; batches have no rows.
    pub store: bool,
    /// The part of the resource that is loaded. Several parts may be loaded at once, each with a lease
    /// of its own; but none of them while the resource is loaded as a whole.
    pub part: Option<Part>,
    /// Its rows are those of an earlier load that did not fit then. What a later one has written in
    /// their place stays. Merged rows get the number of the earlier one as `_load_id`: of rows of several
    /// loads with one key, those of the latest stay, in whichever order they are replayed.
    pub replays: Option<i64>,
}

/// One of several parts into which a connector is divided; prints as `2/4`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Part {
    /// Which one, from 1.
    pub index: u32,
    /// How many there are.
    pub of: u32,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// How rows meet those that are there, with everything decided.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Write {
    /// What happens to rows that are there already.
    pub disposition: WriteDisposition,
    /// How merged rows meet those that are there.
    pub strategy: MergeStrategy,
    /// What happens to rows that a complete scan did not bring.
    pub delete_missing: Option<DeleteMissing>,
    /// A scan without rows may empty the table.
    pub allow_empty: bool,
    /// What may become of tables that are there.
    pub schema_contract: SchemaContract,
    /// The resource is read from its beginning, whatever is remembered of it. Its rows wait for the end,
    /// and are published only when all of them have come; what was remembered is then
    /// [forgotten](super::Ending::forget). They [replace](Self::replaces) what is there, unless
    /// `delete_missing` says what becomes of rows that did not come.
    pub refresh: bool,
}

impl Load {
    pub(crate) fn new(
        connector: &'static str,
        resource: &'static str,
        tables: Tables,
        write: Write,
    ) -> Self {
        Self { connector, resource, tables, write, store: true, part: None, replays: None }
    }

    /// What its rows have as `_load_id`, where `load_id` is the number of the load: merged rows that are
    /// [replayed](Self::replays) are as old as the load that they came with. Of appended rows none is in
    /// the place of another.
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    pub(super) fn load_id_of_rows(&self, load_id: i64) -> i64 {
        match self.replays {
            Some(of) if self.write.disposition != WriteDisposition::Append => of,
            _ => load_id,
        }
    }

    /// Whether its rows become visible at its end, or when they are published, and not with each
    /// batch.
    pub fn waits(&self) -> bool {
        (self.store || self.write.refresh) && self.write.waits(self.tables.root())
    }

    /// Whether a load that ended so is published: rows that have waited become visible, and the
    /// state says what there is.
    pub fn publishes(&self, status: Status) -> bool {
        let replaces = self.write.disposition == WriteDisposition::Replace
            || matches!(self.write.strategy, MergeStrategy::DeleteInsert { .. })
            || self.write.refresh;
        match status {
            Status::Done => true,
            // what is replaced is never replaced by a part
            Status::Partial => !replaces,
            _ => false,
        }
    }
}

impl Write {
    pub(crate) fn new(disposition: WriteDisposition) -> Self {
        Self {
            disposition,
            strategy: MergeStrategy::Upsert,
            delete_missing: None,
            allow_empty: false,
            schema_contract: SchemaContract::Evolve,
            refresh: false,
        }
    }

    /// The same for a load that reads everything anew. A history stays, and so do rows that are marked
    /// as deleted: there, what did not come is closed, or marked.
    pub(crate) fn refreshed(self, table: &Table) -> Self {
        let merges = self.disposition == WriteDisposition::Merge;
        let marks = table.marked(|mark| mark == ColumnMark::SoftDelete).is_some();
        let is_history = matches!(self.strategy, MergeStrategy::Scd2 { .. });
        let keeps = merges && table.key().next().is_some() && (marks || is_history);
        let delete_missing = keeps.then_some(DeleteMissing::Soft);
        Self { refresh: true, delete_missing, ..self }
    }

    /// The same for a load of some rows of many, which removes none. `None`: they cannot be merged.
    pub(crate) fn limited(self, table: &Table) -> Option<Self> {
        let keyed = table.key().next().is_some();
        let (disposition, strategy) = match (self.disposition, self.strategy) {
            (WriteDisposition::Append, _) => return None,
            (WriteDisposition::Replace, _) | (_, MergeStrategy::DeleteInsert { .. }) => {
                keyed.then_some((WriteDisposition::Merge, MergeStrategy::Upsert))?
            }
            kept => kept,
        };
        Some(Self { disposition, strategy, delete_missing: None, ..self })
    }

    /// Whether the rows of a load take the place of all that are there.
    pub fn replaces(&self) -> bool {
        let is_refreshed = self.refresh && self.delete_missing.is_none();
        self.disposition == WriteDisposition::Replace || is_refreshed
    }

    /// Whether a load without rows would empty the table, which is refused.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn empties(&self) -> bool {
        (self.disposition == WriteDisposition::Replace || self.refresh) && !self.allow_empty
    }

    /// Whether the rows of a load become visible all at once, at its end: because that is what the
    /// disposition is about, or because a row can only be judged beside all others.
    pub fn waits(&self, table: &Table) -> bool {
        if self.refresh {
            return true;
        }
        let dedup = |mark| matches!(mark, ColumnMark::DedupSort(_));
        match (self.disposition, self.strategy) {
            (WriteDisposition::Append | WriteDisposition::Replace, _) => true,
            (_, MergeStrategy::DeleteInsert { .. } | MergeStrategy::Scd2 { .. }) => true,
            // what is deleted leaves nothing that says how old it was
            (_, MergeStrategy::Upsert | MergeStrategy::InsertOnly) => {
                table.marked(dedup).is_some()
                    || (table.marked(|mark| mark == ColumnMark::Version).is_some()
                        && table.marked(|mark| mark == ColumnMark::HardDelete).is_some())
            }
        }
    }
}
