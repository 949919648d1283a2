//! [`Outlook`]: what a run would find in its destination.

use serde::Serialize;

use crate::destination::{Destination, Load, Remembered};
use crate::error::Result;
use crate::report::SchemaChange;
use crate::run::bounded::Bounded;
use crate::run::scope::Scope;
use crate::run::standing::standing;
use crate::state::{PagePosition, State};

/// What a run would find in its destination: a part of its [`Plan`](super::Plan).
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Outlook {
    /// Where the rows would go.
    pub destination: String,
    /// What would be made or altered there; `None`: the destination does not tell.
    pub schema_changes: Option<Vec<SchemaChange>>,
    /// Where each resource would begin of which anything is remembered; none where that does not count,
    /// as [`Plan::state`](super::Plan::state) says.
    pub resources: Vec<Beginning>,
}

/// Where a resource would begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Beginning {
    /// Its name.
    pub resource: &'static str,
    /// The cursor of rows that are there; what is new is asked for from there on, less the `lag`.
    pub cursor: Option<String>,
    /// The page at which a load that did not end would go on, in words, if it is young enough and the
    /// request is the same.
    pub resumes: Option<String>,
    /// Partitions, or rows of its parent, of which something is remembered.
    pub partitions: u64,
    /// The last load had seen everything.
    pub complete: bool,
}

impl Outlook {
    /// What these loads would find.
    pub(super) async fn of(
        scope: &Scope,
        loads: &[Load],
        mut destination: Bounded,
    ) -> Result<Self> {
        let diff = destination.diff(loads).await?;
        let mut resources = Vec::new();
        let is_forgotten = scope.refresh || scope.is_stateless();
        let remembered = diff.iter().flat_map(|diff| &diff.remembered);
        for Remembered { resource, states, partitions } in remembered.filter(|_| !is_forgotten) {
            let state = standing(states, "", scope.part, false)?;
            if state.is_some() || *partitions > 0 {
                resources.push(Beginning::new(resource, state.unwrap_or_default(), *partitions));
            }
        }
        Ok(Self {
            destination: destination.describe(),
            schema_changes: diff.map(|diff| diff.changes),
            resources,
        })
    }
}

impl Beginning {
    fn new(resource: &'static str, state: State, partitions: u64) -> Self {
        let position = state.scan.as_ref().map(|scan| match &scan.position {
            PagePosition::Count(rows) => format!("after {rows} rows"),
            PagePosition::Page { number, .. } => format!("at page {number}"),
            PagePosition::Cursor(_) | PagePosition::CursorNumber(_) => "at a cursor".to_owned(),
            PagePosition::Link(_) => "at a link".to_owned(),
        });
        Self {
            resource,
            cursor: state.cursor.as_ref().map(ToString::to_string),
            resumes: position,
            partitions,
            complete: state.complete,
        }
    }
}
