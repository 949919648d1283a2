//! [`Family`]: who is whose child in a tree, and what is remembered of whom.

use std::collections::BTreeSet;

use serde_json::Value;

use super::children::partitions;
use super::ledger::following;
use super::scope::Scope;
use super::standing::standing;
use super::tree::Plot;
use super::writer::Visible;
use crate::destination::Part;
use crate::error::{Error, Result};
use crate::instance::Instance;
use crate::plan::{Planned, Share, mixed, share};
use crate::spec::WriteDisposition;
use crate::state::State;

/// A tree, as what is remembered of it depends on it: the same for those who read it and those who
/// say what would be read.
pub(super) struct Family<'a> {
    plots: &'a [Plot],
    /// What each resource is called where it is remembered what was read below another.
    labels: Vec<String>,
    is_stateless: bool,
    /// The rows of the root are divided, and these are taken.
    pub(super) part: Option<Part>,
}

impl<'a> Family<'a> {
    /// # Errors
    ///
    /// When a list cannot be read: with the place of the resource.
    pub(super) fn new(
        instance: &Instance,
        scope: &Scope,
        plots: &'a [Plot],
    ) -> Result<Self, (usize, Error)> {
        let root = plots[0].planned.spec;
        let rows_of = |part: &Part| share(instance.spec, root, *part) == Share::Rows;
        let label = |(at, plot): (usize, &Plot)| {
            label(instance, &plot.planned).map_err(|error| (at, error))
        };
        let labels = plots.iter().enumerate().map(label).collect::<Result<_, _>>()?;
        let part = scope.part.filter(rows_of);
        Ok(Self { plots, labels, is_stateless: scope.is_stateless(), part })
    }

    /// The state from which a resource goes on that is read as a whole. `found`: all that is remembered of
    /// it as such.
    ///
    /// # Errors
    ///
    /// When rows would be appended again.
    pub(super) fn stands(&self, at: usize, found: &[(String, State)]) -> Result<Option<State>> {
        standing(found, "", self.part, appends(&self.plots[at].planned))
    }

    /// How far a child has come with the rows of a root that is read as a whole.
    ///
    /// # Errors
    ///
    /// None: a child's own rows say whether they would be appended again.
    pub(super) fn follows(&self, found: &[(String, State)]) -> Result<Option<State>> {
        standing(found, &following(""), self.part, false)
    }

    pub(super) fn children(&self, at: usize) -> Vec<usize> {
        (0..self.plots.len()).filter(|child| self.plots[*child].parent == Some(at)).collect()
    }

    /// The labels of all that is loaded below a resource.
    pub(super) fn descendants(&self, at: usize) -> Vec<String> {
        let children = self.children(at).into_iter();
        let labels = children.flat_map(|child| {
            let own = self.plots[child].load.as_ref().map(|_| self.labels[child].clone());
            own.into_iter().chain(self.descendants(child))
        });
        labels.collect()
    }

    /// What has to be known of the reading of each child of a resource: its own lists, and what is
    /// loaded below it.
    pub(super) fn below(&self, at: usize) -> Vec<Vec<String>> {
        let below = |child: usize| {
            let lists = !self.plots[child].planned.spec.partitions.is_empty();
            let own = lists.then(|| self.labels[child].clone());
            own.into_iter().chain(self.descendants(child)).collect()
        };
        self.children(at).into_iter().map(below).collect()
    }

    /// Whether a resource below this one needs all rows of it in one load.
    pub(super) fn feeds_a_whole(&self, at: usize) -> bool {
        self.children(at).into_iter().any(|child| {
            let Plot { planned, load, .. } = &self.plots[child];
            let is_whole =
                visible(planned) == Visible::AtEnd || planned.write.delete_missing.is_some();
            (load.is_some() && is_whole) || self.feeds_a_whole(child)
        })
    }

    /// Whether a resource is read partition by partition.
    pub(super) fn has_partitions(&self, at: usize) -> bool {
        let spec = self.plots[at].planned.spec;
        spec.parent.is_some() || !spec.partitions.is_empty()
    }

    /// Whether its children remember how far they have come with its rows. Where the partitions of a
    /// resource are read anew each time, they do not.
    pub(super) fn is_followed(&self, at: usize) -> bool {
        let is_remembered = !self.is_stateless;
        let spec = self.plots[at].planned.spec;
        is_remembered && (spec.incremental.is_some() || !self.has_partitions(at))
    }
}

/// The name of a resource; of one that is read for the elements of lists, with a digest of these:
/// with another list it is another reading.
fn label(instance: &Instance, planned: &Planned) -> Result<String> {
    let spec = planned.spec;
    if spec.partitions.is_empty() {
        return Ok(spec.name.to_owned());
    }
    let combinations = partitions(instance, spec.partitions)?.into_iter();
    let texts = combinations.map(|values| {
        let values = values.into_iter().map(|(_, value)| value);
        Value::Array(values.collect()).to_string()
    });
    let texts: Vec<_> = texts.collect::<BTreeSet<_>>().into_iter().collect();
    Ok(format!("{}#{:016x}", spec.name, mixed(&texts.join("\n"))))
}

pub(super) fn appends(planned: &Planned) -> bool {
    planned.stored && planned.write.disposition == WriteDisposition::Append
}

/// When the rows of a resource become visible.
pub(super) fn visible(planned: &Planned) -> Visible {
    match planned.waits() {
        false => Visible::Batchwise,
        true if appends(planned) && !planned.write.refresh => Visible::WithScans,
        true => Visible::AtEnd,
    }
}
