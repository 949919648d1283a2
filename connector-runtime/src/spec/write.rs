//! What becomes of rows: how they get into their table, which of them do, and what a table may become.

use crate::value::{Row, RowBuilder};

/// What happens to rows that are there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WriteDisposition {
    /// Nothing; the new rows come after them.
    Append,
    /// Rows with the same primary key are updated, others stay.
    Merge,
    /// They go, at the moment the last new row has come.
    Replace,
}

/// How merged rows meet those that are there; dlt's merge strategies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MergeStrategy {
    /// Rows that are there are updated where a value differs, others are inserted.
    Upsert,
    /// The rows of the load take the place of all rows that share their merge key.
    DeleteInsert {
        /// Columns whose values name what is replaced as a whole, such as a day.
        merge_key: &'static [&'static str],
    },
    /// Rows that are there stay as they are, others are inserted.
    InsertOnly,
    /// A row that changed is closed, and the new one is inserted beside it: the table holds the
    /// history (a slowly changing dimension of type 2).
    Scd2 {
        /// The column of the instant from which a row is true; added to the table.
        valid_from: &'static str,
        /// The column of the instant up to which it was; null while it is true.
        valid_to: &'static str,
    },
}

/// What happens to rows of the table that a complete scan did not bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeleteMissing {
    /// They are deleted.
    Hard,
    /// They are marked: by the `soft_delete` column, or closed with [`MergeStrategy::Scd2`].
    Soft,
}

/// What a column says of its row, beside its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColumnMark {
    /// Of rows with one key in one load, the order of this column picks the one that stays.
    DedupSort(SortOrder),
    /// `true`, or any value that is not null where it is no `bool`: the row is to be deleted.
    HardDelete,
    /// `true`, or an instant: the row counts as deleted and stays in the table.
    SoftDelete,
    /// A row with a smaller value never overwrites one with a larger.
    Version,
}

/// Which of several rows comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortOrder {
    /// The one with the smallest value stays.
    Asc,
    /// The one with the largest value stays.
    Desc,
}

/// What may become of a table whose columns are not those of the resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SchemaContract {
    /// What only adds is done: tables, columns that may be null, wider types. Anything else stops
    /// the run before its first row.
    #[default]
    Evolve,
    /// Nothing is made or altered: every difference stops the run before its first row.
    Freeze,
}

/// What happens to fields that the API sends and no column takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnknownFields {
    /// They go into this column as one JSON object.
    Capture(&'static str),
    /// A row with such a field does not fit.
    Fail,
    /// Nothing.
    Ignore,
    /// Their names, types and numbers are told once, at the end of the run.
    #[default]
    Report,
}

/// What happens to a row that does not fit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum OnBadRow {
    /// The load fails.
    #[default]
    Fail,
    /// The row goes to `_connector_rejects`; beyond the budget the load fails.
    Quarantine(Budget),
}

/// How many rows of a load may be bad.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Budget {
    /// So many of a hundred. Looked at from the thousandth row on, and at the end.
    Percent(f64),
    /// So many.
    Rows(u64),
}

impl Budget {
    /// A hundred rows.
    pub const DEFAULT: Self = Self::Rows(100);
}

/// `filter = path`: whether a row is wanted. Reads the row as the user's struct.
pub type Filter = fn(&mut Row<'_>) -> bool;

/// `map = path`: what a row becomes. Reads the row as the user's struct and writes what the user's
/// function returns.
pub type MapRow = fn(&mut Row<'_>, &mut RowBuilder);
