//! What a destination has of a connector, for those who look at it: states, the log of loads, rows
//! that do not fit.

use jiff::Timestamp;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::Reject;
use crate::report::{RowCounts, Traffic};
use crate::state::State;

/// Which records of a connector are wanted, and how many of them at once.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Wanted {
    /// The connector's name.
    pub connector: &'static str,
    /// Those of these resources; none: of all.
    pub resources: Vec<String>,
    /// Those of one partition.
    pub partition: Option<String>,
    /// Those of one load.
    pub load_id: Option<i64>,
    /// No more than these.
    pub limit: usize,
}

/// What is remembered of a resource, or of one partition of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StoredState {
    /// The resource.
    pub resource: String,
    /// The partition; empty for the resource as a whole.
    pub partition: String,
    /// What is remembered.
    pub state: State,
}

/// A resource in the log of loads.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LoggedLoad {
    /// The number of the load.
    pub load_id: i64,
    /// The resource.
    pub resource: String,
    /// The part that was loaded, `2/4`; empty for the resource as a whole.
    pub part: String,
    /// Its rows went into its table.
    pub stored: bool,
    /// How it ended: as [`Status`](crate::report::Status) is written; `running`, or `killed` where a
    /// later load has found that it did not write its end.
    pub status: String,
    /// When it began.
    #[serde(serialize_with = "text")]
    pub started_at: Timestamp,
    /// When it ended.
    #[serde(serialize_with = "optional_text")]
    pub ended_at: Option<Timestamp>,
    /// What became of the rows.
    #[serde(flatten)]
    pub rows: RowCounts,
    /// What it took to get them.
    #[serde(flatten)]
    pub traffic: Traffic,
    /// Why it did not succeed.
    pub error: Option<String>,
}

/// A row that does not fit, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredReject {
    /// The load that it came with.
    pub load_id: i64,
    /// The resource.
    pub resource: String,
    /// Not known, where an earlier release has kept it: its [`Reject::partition`] is empty.
    pub has_partition: bool,
    /// The row.
    pub reject: Reject,
}

/// Which row that does not fit: of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct RejectId {
    /// The load that it came with.
    pub load_id: i64,
    /// As [`Reject::page`].
    pub page: u64,
    /// As [`Reject::row`].
    pub row: u64,
}

impl Wanted {
    /// All records of a connector, so many at once.
    pub fn new(connector: &'static str, limit: usize) -> Self {
        Self { connector, resources: Vec::new(), partition: None, load_id: None, limit }
    }

    /// Those of these resources; none: of all.
    #[must_use]
    pub fn resources(mut self, resources: &[String]) -> Self {
        self.resources = resources.to_vec();
        self
    }

    /// Those of one partition.
    #[must_use]
    pub fn partition(mut self, partition: impl Into<String>) -> Self {
        self.partition = Some(partition.into());
        self
    }

    /// Those of one load.
    #[must_use]
    pub fn load(mut self, load_id: i64) -> Self {
        self.load_id = Some(load_id);
        self
    }
}

impl StoredState {
    /// What is remembered of a partition.
    pub fn new(resource: impl Into<String>, partition: impl Into<String>, state: State) -> Self {
        Self { resource: resource.into(), partition: partition.into(), state }
    }
}

/// The row itself as JSON; as a text where it is none.
impl Serialize for StoredReject {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Reject { partition, page, row, path, reason, raw } = &self.reject;
        let mut fields = to.serialize_struct("StoredReject", 8)?;
        fields.serialize_field("load_id", &self.load_id)?;
        fields.serialize_field("resource", &self.resource)?;
        fields.serialize_field("partition", &self.has_partition.then_some(partition))?;
        fields.serialize_field("page", page)?;
        fields.serialize_field("row", row)?;
        fields.serialize_field("path", path)?;
        fields.serialize_field("reason", reason)?;
        match serde_json::from_str::<&RawValue>(raw) {
            Ok(json) => fields.serialize_field("raw", json)?,
            Err(_) => fields.serialize_field("raw", raw)?,
        }
        fields.end()
    }
}

impl StoredReject {
    /// Which row it is.
    pub fn id(&self) -> RejectId {
        RejectId { load_id: self.load_id, page: self.reject.page, row: self.reject.row }
    }
}

fn text<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(at)
}

fn optional_text<S: Serializer>(at: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => text(at, to),
        None => to.serialize_none(),
    }
}
