//! [`Plan`]: what a run would do, as far as it is known without a request.

mod group;
mod outlook;
mod resource;
mod words;

#[cfg(feature = "cli")]
use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

pub use self::group::{InParts, PlannedGroup};
pub use self::outlook::{Beginning, Outlook};
pub use self::resource::{PlannedIncremental, PlannedParam, PlannedPartition, PlannedResource};
use super::bounded::Bounded;
use super::{Run, tree::Plot};
use crate::destination::{self, Part};
use crate::error::{Error, Result};
use crate::plan::{self, Planned};
#[cfg(feature = "cli")]
use crate::spec::{ConnectorSpec, PartitionValues};

/// What a run would do, as far as it is known without a request; made by [`Run::plan`].
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct Plan {
    /// The connector's name.
    pub connector: &'static str,
    /// The part of the connector that would be loaded, of [`Run::partition`].
    pub partition: Option<Part>,
    /// No more rows of each resource would be loaded: [`Run::limit`].
    pub limit: Option<u64>,
    /// Everything would be read anew, and replaced: [`Run::full_refresh`].
    pub full_refresh: bool,
    /// The values of the cursors that would be read: [`Run::range`].
    pub range: Option<PlannedRange>,
    /// What would be taken for the present: [`Run::now`].
    #[serde(serialize_with = "maybe_text")]
    pub now: Option<Timestamp>,
    /// What would become of what is remembered of the resources.
    pub state: StateUse,
    /// What would be read; parents come before their children.
    pub resources: Vec<PlannedResource>,
    /// What would not be read although it was asked for: in a range, resources without a cursor.
    pub left_out: Vec<&'static str>,
    /// Which of the resources belong together.
    pub groups: Vec<PlannedGroup>,
    /// What is there already, and what would be made or altered. `None`: there is no destination, or it
    /// cannot be read.
    pub destination: Option<Outlook>,
    /// Why the run would be refused, or the destination cannot be read.
    pub error: Option<Error>,
}

fn maybe_text<S: Serializer>(value: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
    value.map(|value| value.to_string()).serialize(to)
}

/// Values of a cursor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PlannedRange {
    /// From this one on.
    pub from: String,
    /// Before this one.
    pub to: String,
}

/// What becomes of what is remembered of the resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StateUse {
    /// The run goes on from it, and moves it on.
    Continued,
    /// The run begins afresh, and at the end of each resource replaces it.
    Replaced,
    /// The run neither reads nor moves it.
    Unused,
}

impl Plan {
    pub(super) async fn of(run: Run) -> Self {
        let mut plan = Self::begun(&run);
        let filled = plan.fill(run).await;
        plan.error = filled.err().map(Error::advised);
        plan
    }

    fn begun(run: &Run) -> Self {
        let scope = &run.scope;
        let range = scope.range.clone().map(|(from, to)| PlannedRange { from, to });
        Self {
            connector: run.instance.spec.name,
            partition: scope.part,
            limit: scope.limit,
            full_refresh: scope.refresh,
            range,
            now: scope.now,
            state: match scope.refresh {
                true => StateUse::Replaced,
                false if scope.is_stateless() => StateUse::Unused,
                false => StateUse::Continued,
            },
            resources: Vec::new(),
            left_out: Vec::new(),
            groups: Vec::new(),
            destination: None,
            error: None,
        }
    }

    /// The plan of a run that cannot be made.
    #[cfg(feature = "cli")]
    pub(crate) fn failed(run: &Run, error: Error) -> Self {
        Self { error: Some(error.advised()), ..Self::begun(run) }
    }

    /// The plan of a run whose destination is refused: no other one is looked at in its place.
    #[cfg(feature = "cli")]
    pub(crate) fn without_destination(run: &Run, refused: Error) -> Self {
        let mut plan = Self::begun(run);
        let error = plan.read(run).err().unwrap_or(refused);
        plan.error = Some(error.advised());
        plan
    }

    /// The plan, unless the run would be refused, or the destination cannot be read.
    ///
    /// # Errors
    ///
    /// Why.
    pub fn into_result(mut self) -> Result<Self> {
        self.error.take().map_or(Ok(self), Err)
    }

    async fn fill(&mut self, run: Run) -> Result<()> {
        let trees = self.read(&run)?;
        let Run { instance, destination, scope, overrides, .. } = run;
        let destination = match destination {
            Some(destination) => destination,
            // one that nobody has named is no matter where there is none
            None => match destination::from_text(&format!("{}.db", instance.spec.name)) {
                Ok(destination) => destination,
                Err(_) => return Ok(()),
            },
        };
        let destination = Bounded::by(destination, overrides.cancel);
        self.destination = Some(Outlook::of(&instance, &scope, &trees, destination).await?);
        Ok(())
    }

    /// What would be read: trees, each in the order of its plots.
    fn read(&mut self, run: &Run) -> Result<Vec<Vec<Plot>>> {
        let Run { instance, resources, scope, .. } = run;
        let connector = instance.spec;
        let planned = scope.of(connector, plan::plan(connector, resources)?)?;
        let (read, left_out): (Vec<_>, Vec<_>) =
            plan::trees(planned.clone()).into_iter().partition(|tree| scope.has_range(tree));
        let is_read = |one: &&Planned| {
            !left_out.iter().flatten().any(|other| other.spec.name == one.spec.name)
        };
        let shown = planned.iter().filter(is_read);
        let shown = shown.map(|one| PlannedResource::new(instance, one, scope));
        let shown = shown.collect::<Result<_>>()?;
        let groups = read.iter().map(|tree| PlannedGroup::new(instance, tree, scope));
        self.groups = groups.collect::<Result<_>>()?;
        self.resources = shown;
        let left_out = left_out.iter().flatten().filter(|one| one.is_selected);
        self.left_out = left_out.map(|one| one.spec.name).collect();
        let trees = read.into_iter().filter(|tree| scope.reads(connector, tree));
        Ok(trees.map(|tree| scope.plots(connector, tree)).collect())
    }
}

/// The fields of the connector without which its plan cannot be made; others, such as secrets, may be
/// missing.
///
/// # Errors
///
/// When a part of the selection fits no resource.
#[cfg(feature = "cli")]
pub(crate) fn fields_of_plan(
    connector: &'static ConnectorSpec,
    selection: &[String],
) -> Result<BTreeSet<&'static str>> {
    let planned = plan::plan(connector, selection)?;
    let lists = planned.iter().flat_map(|one| one.spec.partitions);
    let lists = lists.filter_map(|partition| match partition.values {
        PartitionValues::Config(field) => Some(field),
        PartitionValues::Listed(_) => None,
    });
    let initial = planned.iter().filter_map(|one| one.spec.incremental?.initial);
    Ok(lists.chain(initial.flat_map(words::fields)).collect())
}
