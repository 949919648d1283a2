//! [`PlannedGroup`]: which resources belong together, and what a division does to them.

use serde::Serialize;

use super::resource::partitions;
use crate::destination::Part;
use crate::error::Result;
use crate::instance::Instance;
use crate::plan::{self, Planned, Share};
use crate::run::scope::Scope;

/// Resources that are read together; others may be read at the same time by another process.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct PlannedGroup {
    /// Those that were asked for.
    pub resources: Vec<&'static str>,
    /// Into how many it can be divided: the partitions of the resource that all others have as their
    /// parent. `None` where it has no lists.
    pub partitions: Option<usize>,
    /// What becomes of it where the connector is divided.
    pub in_parts: InParts,
    /// Why a division is refused.
    pub reason: Option<String>,
}

/// What becomes of a group where a connector is divided: [`Run::partition`](super::Run::partition).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum InParts {
    /// Each part has some of the partitions.
    Partitions,
    /// The run does not begin.
    Refused,
    /// Each part has some of the rows, and their children.
    Rows,
    /// One part has all of it.
    Whole,
}

impl PlannedGroup {
    pub(super) fn new(instance: &Instance, tree: &[Planned], scope: &Scope) -> Result<Self> {
        let root = &tree[0];
        // any part will do: whether it has the whole or nothing is of no interest
        let share = plan::share(instance.spec, root.spec, Part { index: 1, of: 2 });
        let (in_parts, reason) = match (share, scope.undivided()) {
            (_, Some(reason)) => (InParts::Refused, Some(reason)),
            (Share::None | Share::Whole, None) => (InParts::Whole, None),
            (Share::Partitions | Share::Rows, None) => match (needs_all_rows(tree), share) {
                (Some(reason), _) => (InParts::Refused, Some(reason)),
                (None, Share::Partitions) => (InParts::Partitions, None),
                (None, _) => (InParts::Rows, None),
            },
        };
        let lists = partitions(instance, root.spec.partitions)?;
        let elements = lists.iter().map(|list| list.elements).product();
        let selected = tree.iter().filter(|one| one.is_selected);
        Ok(Self {
            resources: selected.map(|one| one.spec.name).collect(),
            partitions: (!lists.is_empty()).then_some(elements),
            in_parts,
            reason,
        })
    }
}

fn needs_all_rows(tree: &[Planned]) -> Option<String> {
    tree.iter().filter(|one| one.stored).find_map(|one| {
        let option = one.needs_all_rows()?;
        Some(format!("{option} needs all rows of `{}`", one.spec.name))
    })
}
