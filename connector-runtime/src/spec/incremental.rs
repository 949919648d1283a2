//! How a resource is read in parts: from where the last load ended, window by window, for each row of
//! another resource, for each element of a list.

use super::{Target, Template};

/// `incremental(..)`: only what is new.
#[derive(Clone, Copy, Debug)]
pub struct IncrementalSpec {
    /// The column that says in which order rows change.
    pub cursor: &'static str,
    /// Where the lower bound goes, if it is not a placeholder.
    pub start: Option<Target>,
    /// Where the upper bound goes, if it is not a placeholder.
    pub end: Option<Target>,
    /// Some placeholder is the lower bound.
    pub has_start_value: bool,
    /// Some placeholder is the upper bound.
    pub has_end_value: bool,
    /// How bounds are written; `None`: as the type of the column is.
    pub format: Option<BoundFormat>,
    /// The lower bound of the first load.
    pub initial: Option<Template>,
    /// So much before the cursor is read again.
    pub lag: Option<CursorSpan>,
    /// The order in which the API lists rows.
    pub row_order: Option<RowOrder>,
    /// What becomes of rows that are equal to the lower bound.
    pub range: CursorRange,
    /// What becomes of rows without a value; `None`: the column has one.
    pub on_missing: Option<OnMissing>,
    /// The API has no filter.
    pub client_side: bool,
    /// The length of a window.
    pub step: Option<CursorSpan>,
    /// Windows that are read at once.
    pub parallel: u32,
    /// A text is compared as such.
    pub as_text: bool,
}

impl IncrementalSpec {
    /// Everything that may be left out left out.
    pub const fn new(cursor: &'static str) -> Self {
        Self {
            cursor,
            start: None,
            end: None,
            has_start_value: false,
            has_end_value: false,
            format: None,
            initial: None,
            lag: None,
            row_order: None,
            range: CursorRange::Closed,
            on_missing: None,
            client_side: false,
            step: None,
            parallel: 1,
            as_text: false,
        }
    }

    /// Where the bounds go, if they are no placeholders.
    pub const fn targets(&self) -> [Option<Target>; 2] {
        [self.start, self.end]
    }

    /// Whether the lower bound reaches the API.
    pub const fn sends_start(&self) -> bool {
        self.start.is_some() || self.has_start_value
    }

    /// Whether the upper bound reaches the API.
    pub const fn sends_end(&self) -> bool {
        self.end.is_some() || self.has_end_value
    }
}

/// How a bound is written for the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BoundFormat {
    /// `2024-01-31`.
    Date,
    /// Seconds since 1970.
    Epoch,
    /// Milliseconds since 1970.
    EpochMillis,
    /// `2024-01-31T12:00:00Z`.
    Rfc3339,
    /// `2024-01-31T12:00:00.000000Z`.
    Rfc3339Micros,
    /// `2024-01-31T12:00:00.000Z`.
    Rfc3339Millis,
    /// As `strftime` writes it, in UTC.
    Strftime(&'static str),
}

/// A distance between two cursor values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CursorSpan {
    /// Between numbers.
    Number(u64),
    /// Between instants or dates.
    Time {
        /// Calendar months.
        months: u32,
        /// Calendar days.
        days: u32,
        /// Seconds; none between dates.
        seconds: u64,
    },
}

/// The order in which an API lists rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowOrder {
    /// The oldest first.
    Asc,
    /// The newest first.
    Desc,
}

/// What becomes of rows that are equal to the lower bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CursorRange {
    /// They are read again.
    Closed,
    /// They are dropped.
    Open,
}

/// What becomes of rows without a cursor value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnMissing {
    /// They are dropped.
    Exclude,
    /// The load fails.
    Fail,
    /// They are taken.
    Include,
}

/// `parent(issue: Issue)`: the resource is read once for each row of another one.
#[derive(Clone, Copy, Debug)]
pub struct ParentSpec {
    /// What a row is called in placeholders.
    pub alias: &'static str,
    /// The name of the other resource.
    pub resource: &'static str,
    /// The Rust name of its struct, for messages.
    pub type_name: &'static str,
    /// A row without a value that is used is passed over and counted.
    pub skip_missing: bool,
}

/// An entry of `partition(..)`: the resource is read once for each element of a list.
#[derive(Clone, Copy, Debug)]
pub struct PartitionSpec {
    /// What an element is called in placeholders.
    pub name: &'static str,
    /// The elements.
    pub values: PartitionValues,
}

/// The elements of a [`PartitionSpec`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum PartitionValues {
    /// Those of a list of the connector.
    Config(&'static str),
    /// These.
    Listed(&'static [&'static str]),
}

/// Where the value of a column comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColumnSource {
    /// From the row, as the API sends it.
    #[default]
    Row,
    /// From this column of the parent's row.
    Parent(&'static str),
    /// From the element of this partition.
    Partition(&'static str),
}
