//! What became of rows that did not fit.

use serde::Serialize;

use crate::destination::RejectId;
use crate::error::Error;
use crate::plan::Planned;
use crate::report::{RowCounts, SchemaChange};
use crate::run::Unfit;
use crate::spec::{ConnectorSpec, ResourceSpec};

/// Rows that still do not fit and are told one by one; of a resource.
const MOST_TOLD: usize = 1_000;

/// What became of the rows of a resource that did not fit.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct Replayed {
    /// The resource.
    pub resource: &'static str,
    /// Under which numbers rows were loaded: one for each load that they are of.
    pub load_ids: Vec<i64>,
    /// What became of those that fit.
    #[serde(flatten)]
    pub rows: RowCounts,
    /// How many stay.
    pub left: u64,
    /// The first thousand of them.
    pub unfit: Vec<StillUnfit>,
    /// What was made or altered in the destination.
    pub schema_changes: Vec<SchemaChange>,
    /// What a person should know.
    pub warnings: Vec<String>,
    /// Why the others were not looked at.
    pub error: Option<Error>,
}

/// A row that stays, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StillUnfit {
    /// The load that it came with.
    pub load_id: i64,
    /// Its page.
    pub page: u64,
    /// Its place there.
    pub row: u64,
    /// The column; empty for the row itself.
    pub path: String,
    /// Why.
    pub reason: String,
}

impl Replayed {
    pub(super) fn new(resource: &'static str) -> Self {
        Self {
            resource,
            load_ids: Vec::new(),
            rows: RowCounts::default(),
            left: 0,
            unfit: Vec::new(),
            schema_changes: Vec::new(),
            warnings: Vec::new(),
            error: None,
        }
    }

    pub(super) fn leave(&mut self, id: RejectId, why: Unfit) {
        self.left += 1;
        if self.unfit.len() < MOST_TOLD {
            let RejectId { load_id, page, row } = id;
            let Unfit { path, reason } = why;
            self.unfit.push(StillUnfit { load_id, page, row, path, reason });
        }
    }

    /// Rows that were loaded lead to children that nobody has asked for.
    pub(super) fn warn_of_children(&mut self, connector: &ConnectorSpec, planned: &Planned) {
        if self.rows.inserted + self.rows.updated == 0 {
            return;
        }
        let is_child = |spec: &&&'static ResourceSpec| {
            spec.parent.is_some_and(|parent| parent.resource == planned.spec.name)
        };
        let children: Vec<_> = connector.resources.iter().filter(is_child).collect();
        if children.is_empty() {
            return;
        }
        let names: Vec<_> = children.iter().map(|spec| format!("`{}`", spec.name)).collect();
        self.warnings.push(format!(
            "{} {} not read for these rows before they change, or after `state reset {}`",
            names.join(", "),
            if names.len() == 1 { "is" } else { "are" },
            planned.spec.name
        ));
    }
}
