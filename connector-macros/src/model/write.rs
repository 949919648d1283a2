//! How rows get into tables.

use syn::Path;

use crate::diag::At;

/// What is `None` is the connector's default, else the runtime's.
#[derive(Default)]
pub(crate) struct Write {
    pub(crate) disposition: Option<WriteDisposition>,
    pub(crate) strategy: Option<At<Strategy>>,
    pub(crate) delete_missing: Option<DeleteMissing>,
    pub(crate) allow_empty: bool,
    pub(crate) misfits: Misfits,
    pub(crate) filter: Option<Path>,
    pub(crate) map: Option<Path>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum WriteDisposition {
    Append,
    Merge,
    Replace,
}

pub(crate) enum Strategy {
    DeleteInsert { merge_key: Vec<At<String>> },
    InsertOnly,
    Scd2 { valid_from: String, valid_to: String },
    Upsert,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeleteMissing {
    Hard,
    Soft,
}

/// What does not fit: tables, fields and rows.
#[derive(Default)]
pub(crate) struct Misfits {
    pub(crate) schema_contract: Option<SchemaContract>,
    pub(crate) unknown_fields: Option<UnknownFields>,
    pub(crate) on_bad_row: Option<OnBadRow>,
}

#[derive(Clone, Copy)]
pub(crate) enum SchemaContract {
    Evolve,
    Freeze,
}

pub(crate) enum UnknownFields {
    Capture(At<String>),
    Fail,
    Ignore,
    Report,
}

#[derive(Clone, Copy)]
pub(crate) enum OnBadRow {
    Fail,
    Quarantine(Budget),
}

#[derive(Clone, Copy)]
pub(crate) enum Budget {
    /// The runtime's.
    Default,
    Percent(f64),
    Rows(u64),
}

/// What a column says of its row.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    DedupSort(SortOrder),
    HardDelete,
    SoftDelete,
    Version,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum SortOrder {
    Asc,
    Desc,
}

impl Mark {
    /// The option's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::DedupSort(_) => "dedup_sort",
            Self::HardDelete => "hard_delete",
            Self::SoftDelete => "soft_delete",
            Self::Version => "version",
        }
    }
}
