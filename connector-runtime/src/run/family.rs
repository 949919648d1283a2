//! [`Family`]: who is whose child in a tree, and what is remembered of whom.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::bound::partition_key;
use super::children::{Led, partitions};
use super::desk::Visible;
use super::ledger::following;
use super::node::Want;
use super::scope::Scope;
use super::site::{Limit, Site};
use super::standing::{own_key, standing};
use super::tree::Plot;
use crate::destination::{Destination, Load, Part, States};
use crate::error::{Error, Result};
use crate::incremental::Cursor;
use crate::instance::{Bindings, Instance};
use crate::plan::{Planned, Share, belongs, mixed, share};
use crate::spec::WriteDisposition;
use crate::state::State;

/// A tree, as what is remembered of it depends on it: the same for those who read it and those who
/// say what would be read.
pub(super) struct Family<'a> {
    instance: &'a Instance,
    scope: &'a Scope,
    plots: &'a [Plot],
    /// What each resource is called where it is remembered what was read below another.
    labels: Vec<String>,
    /// The rows of the root are divided, and these are taken.
    pub(super) part: Option<Part>,
}

impl<'a> Family<'a> {
    /// # Errors
    ///
    /// When a list cannot be read: with the place of the resource.
    pub(super) fn new(
        instance: &'a Instance,
        scope: &'a Scope,
        plots: &'a [Plot],
    ) -> Result<Self, (usize, Error)> {
        let root = plots[0].planned.spec;
        let rows_of = |part: &Part| share(instance.spec, root, *part) == Share::Rows;
        let label = |(at, plot): (usize, &Plot)| {
            label(instance, &plot.planned).map_err(|error| (at, error))
        };
        let labels = plots.iter().enumerate().map(label).collect::<Result<_, _>>()?;
        let part = scope.part.filter(rows_of);
        Ok(Self { instance, scope, plots, labels, part })
    }

    /// What is remembered of a resource as a whole; `None`: nothing of it counts.
    ///
    /// # Errors
    ///
    /// When a state cannot be read, or rows would be appended again.
    pub(super) async fn recall(
        &self,
        at: usize,
        destination: &mut dyn Destination,
    ) -> Result<Option<Recalled>> {
        let plot = &self.plots[at];
        let Some(load) = plot.load.as_ref().filter(|_| !self.scope.is_stateless()) else {
            return Ok(None);
        };
        let mut found = match load.write.refresh {
            true => Vec::new(),
            false => whole_states(load, destination).await?,
        };
        // its own rows say whether they would be appended again
        let follows = match plot.parent == Some(0) && !self.has_partitions(0) {
            true => Some(standing(&found, &following(""), self.part, false)?),
            false => None,
        };
        let own = match self.has_partitions(at) {
            true => {
                let key = own_key("", self.scope.part);
                let own = found.iter().position(|(found, _)| *found == key);
                own.map(|own| found.swap_remove(own).1)
            }
            false => standing(&found, "", self.part, appends(&plot.planned))?,
        };
        Ok(Some(Recalled { own, follows }))
    }

    /// A resource before it is read.
    ///
    /// # Errors
    ///
    /// When the run's bounds are none of its cursor.
    pub(super) fn site(&self, at: usize, now: Timestamp) -> Result<Site> {
        let Plot { planned, load, .. } = &self.plots[at];
        let spec = planned.spec;
        let cursor = spec.incremental.as_ref();
        let cursor = cursor.map(|incremental| Cursor::new(incremental, spec.fields)).transpose()?;
        let limit = self.scope.limit;
        Ok(Site {
            range: match &cursor {
                Some(cursor) => self.scope.bounds(cursor)?,
                None => None,
            },
            planned: planned.clone(),
            cursor: cursor.map(Arc::new),
            now,
            is_stateless: self.scope.is_stateless(),
            limit: limit
                .map(|rows| Limit { rows: (load.is_some() && planned.stored).then_some(rows) }),
            has_children: !self.children(at).is_empty(),
            descendants: self.descendants(at),
            below: self.below(at),
            feeds_a_whole: self.feeds_a_whole(at),
            is_loaded: load.is_some(),
            is_followed: self.is_followed(at),
            has_partitions: self.has_partitions(at),
        })
    }

    /// What is read of the root.
    ///
    /// # Errors
    ///
    /// When a list cannot be read.
    pub(super) fn roots(&self) -> Result<Led> {
        let planned = &self.plots[0].planned;
        let mut roots = Led::new(1);
        for partition in partitions(self.instance, planned.spec.partitions)? {
            let bindings = Bindings { partition, ..Bindings::default() };
            let key = match self.has_partitions(0) {
                true => partition_key(&[], &bindings),
                false => own_key("", self.part),
            };
            let is_own = |part: Part| !self.has_partitions(0) || belongs(&key, part);
            if self.scope.part.is_none_or(is_own) {
                let (version, is_settled) = (None, true);
                roots.push(Want { node: 0, child: 0, key, version, is_settled }, bindings);
            }
        }
        Ok(roots)
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

    /// The children that follow a resource.
    pub(super) fn followers(&self, at: usize) -> Vec<usize> {
        if self.is_followed(at) { self.children(at) } else { Vec::new() }
    }

    /// Whether its children remember how far they have come with its rows. Where the partitions of a
    /// resource are read anew each time, they do not.
    pub(super) fn is_followed(&self, at: usize) -> bool {
        let is_remembered = !self.scope.is_stateless();
        let spec = self.plots[at].planned.spec;
        is_remembered && (spec.incremental.is_some() || !self.has_partitions(at))
    }
}

/// What is remembered of a resource as a whole.
pub(super) struct Recalled {
    /// Of its own rows.
    pub(super) own: Option<State>,
    /// How far it has come with the rows of a root that is read as a whole; `None`: it has no such parent.
    pub(super) follows: Option<Option<State>>,
}

/// The states of a resource as a whole, and of the parts of it.
async fn whole_states(
    load: &Load,
    destination: &mut dyn Destination,
) -> Result<Vec<(String, State)>> {
    let whole = [String::new(), following("")];
    let mut found = destination.states(load, States::Of(&whole)).await?;
    for prefix in ["@", "^@"] {
        found.extend(destination.states(load, States::Beginning(prefix)).await?);
    }
    Ok(found)
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
