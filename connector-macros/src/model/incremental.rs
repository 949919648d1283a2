//! How a resource is read in parts.

use syn::Path;

use super::{LiteralKind, Target, Template};
use crate::diag::{At, Spans};

/// `incremental(..)`.
pub(crate) struct Incremental {
    pub(crate) cursor: At<String>,
    pub(crate) start: Option<Target>,
    pub(crate) end: Option<Target>,
    /// Some placeholder is the lower bound.
    pub(crate) has_start_value: bool,
    /// Some placeholder is the upper bound.
    pub(crate) has_end_value: bool,
    /// Where it is first said that the upper bound is sent.
    pub(crate) end_spans: Option<Spans>,
    pub(crate) format: Option<At<BoundFormat>>,
    pub(crate) initial: Option<At<Initial>>,
    pub(crate) lag: Option<At<CursorSpan>>,
    pub(crate) row_order: Option<RowOrder>,
    /// `range = open`.
    pub(crate) open: bool,
    pub(crate) on_missing: Option<At<OnMissing>>,
    pub(crate) client_side: bool,
    pub(crate) step: Option<At<CursorSpan>>,
    pub(crate) parallel: Option<u32>,
    pub(crate) as_text: Option<Spans>,
}

/// The lower bound of the first load.
pub(crate) struct Initial {
    pub(crate) value: Template,
    /// What it is as a literal, when nothing has to be filled in.
    pub(crate) literal: Option<LiteralKind>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BoundFormat {
    Date,
    Epoch,
    EpochMillis,
    Rfc3339,
    Rfc3339Micros,
    Rfc3339Millis,
    Strftime(String),
}

/// A distance between two cursor values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CursorSpan {
    Number(u64),
    Time { months: u32, days: u32, seconds: u64 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowOrder {
    Asc,
    Desc,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnMissing {
    Exclude,
    Fail,
    Include,
}

/// `parent(issue: Issue)`.
pub(crate) struct Parent {
    pub(crate) alias: String,
    pub(crate) resource: Path,
    /// Whether `on_missing` says `skip`, if anything is said of it.
    pub(crate) skip_missing: Option<At<bool>>,
    /// The columns of its row that placeholders name, each once.
    pub(crate) uses: Vec<At<String>>,
}

/// An entry of `partition(..)`.
pub(crate) struct Partition {
    pub(crate) name: String,
    pub(crate) values: PartitionValues,
}

pub(crate) enum PartitionValues {
    Config(String),
    Listed(Vec<String>),
}

/// Where the value of a column comes from, if not from the API.
#[derive(Clone)]
pub(crate) enum ColumnSource {
    Parent(String),
    Partition(String),
}
