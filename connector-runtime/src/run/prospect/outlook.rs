//! [`Outlook`]: what a run would find in its destination.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::destination::{Destination, Diff, States};
use crate::error::{Error, Result};
use crate::instance::Instance;
use crate::report::SchemaChange;
use crate::run::bounded::Bounded;
use crate::run::family::{Family, Recalled};
use crate::run::ground::ASKED_AT_ONCE;
use crate::run::ledger::following;
use crate::run::range::{Memory, Range, interrupted};
use crate::run::scope::Scope;
use crate::run::site::Site;
use crate::run::tree::Plot;
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
    /// The cursor of rows that are there; of a resource that is read for its children only, that up to
    /// which these have been read.
    pub cursor: Option<String>,
    /// The value from which the API is asked for rows: that of the cursor, less the `lag`, or an earlier one
    /// that a resource below has not come beyond. `None`: from the beginning, or the API takes no such
    /// value. Partitions, and children of rows, begin each at a value of their own, and have none here.
    pub from: Option<String>,
    /// The page at which a load that did not end would go on, in words, if the request is the same.
    pub resumes: Option<String>,
    /// Partitions, or rows of its parent, of which something is remembered.
    pub partitions: u64,
    /// The last load had seen everything; of a resource that is read for its children only, that of each
    /// child had.
    pub complete: bool,
}

impl Outlook {
    /// What the loads of these trees would find.
    pub(super) async fn of(
        instance: &Instance,
        scope: &Scope,
        trees: &[Vec<Plot>],
        mut destination: Bounded,
    ) -> Result<Self> {
        let loads: Vec<_> = trees.iter().flatten().filter_map(|plot| plot.load.clone()).collect();
        let diff = destination.diff(&loads).await?;
        let mut resources = Vec::new();
        if let Some(diff) = diff.as_ref().filter(|_| !(scope.refresh || scope.is_stateless())) {
            for plots in trees {
                let found = Found::of(instance, scope, plots, diff, &mut destination).await;
                let begun = found.and_then(|found| found.beginnings());
                resources.extend(begun.map_err(|(at, error)| {
                    let plot: &Plot = &plots[at];
                    error.with_resource(plot.planned.spec.name)
                })?);
            }
        }
        Ok(Self {
            destination: destination.describe(),
            schema_changes: diff.map(|diff| diff.changes),
            resources,
        })
    }
}

/// What is remembered of a tree. An error is with the place of its resource.
struct Found<'a> {
    instance: &'a Instance,
    plots: &'a [Plot],
    family: Family<'a>,
    sites: Vec<Site>,
    /// What is remembered of each resource as a whole.
    recalled: Vec<Option<Recalled>>,
    /// Of how many partitions of each something is.
    partitions: Vec<u64>,
}

impl<'a> Found<'a> {
    /// Looks at what a run would look at, in its order, as far as that is known before its first row.
    async fn of(
        instance: &'a Instance,
        scope: &'a Scope,
        plots: &'a [Plot],
        diff: &Diff,
        destination: &mut dyn Destination,
    ) -> Result<Self, (usize, Error)> {
        let family = Family::new(instance, scope, plots)?;
        let now = scope.now.unwrap_or_else(Timestamp::now);
        let (mut recalled, mut partitions) = (Vec::new(), Vec::new());
        for (at, plot) in plots.iter().enumerate() {
            let name = plot.planned.spec.name;
            let known = diff.remembered.iter().find(|one| one.resource == name);
            recalled.push(match known {
                Some(_) => family.recall(at, destination).await.map_err(|error| (at, error))?,
                None => None,
            });
            partitions.push(known.map_or(0, |known| known.partitions));
        }
        let sites = (0..plots.len()).map(|at| family.site(at, now).map_err(|error| (at, error)));
        let sites = sites.collect::<Result<_, _>>()?;
        let found = Self { instance, plots, family, sites, recalled, partitions };
        if found.family.has_partitions(0) {
            found.check_partitions(destination).await?;
        }
        Ok(found)
    }

    /// Refuses what a run would refuse of the partitions of the root. Those of other resources depend on
    /// the rows that come.
    async fn check_partitions(
        &self,
        destination: &mut dyn Destination,
    ) -> Result<(), (usize, Error)> {
        let site = &self.sites[0];
        let roots = self.family.roots().map_err(|error| (0, error))?;
        for wants in roots.wants.chunks(ASKED_AT_ONCE) {
            let keys: Vec<_> = wants.iter().map(|want| want.key.clone()).collect();
            let mut own = self.states(0, &keys, destination).await?;
            let mut following_it = Vec::new();
            for child in self.family.followers(0) {
                let keys: Vec<_> = keys.iter().map(|key| following(key)).collect();
                following_it.push(self.states(child, &keys, destination).await?);
            }
            for key in keys {
                let own = own.remove(&key).unwrap_or_default();
                let take = |states: &mut HashMap<String, State>| {
                    states.remove(&following(&key)).unwrap_or_default()
                };
                let followers: Vec<_> = following_it.iter_mut().map(take).collect();
                Range::of(site, self.instance, &Memory::new(site, &own, &followers))
                    .map_err(|error| (0, error))?;
            }
        }
        Ok(())
    }

    /// The states of partitions; none of a resource of which nothing counts.
    async fn states(
        &self,
        at: usize,
        keys: &[String],
        destination: &mut dyn Destination,
    ) -> Result<HashMap<String, State>, (usize, Error)> {
        match (&self.plots[at].load, &self.recalled[at]) {
            (Some(load), Some(_)) => {
                let states = destination.states(load, States::Of(keys)).await;
                states.map(HashMap::from_iter).map_err(|error| (at, error))
            }
            _ => Ok(HashMap::new()),
        }
    }

    /// Where each resource would begin of which anything is remembered.
    fn beginnings(&self) -> Result<Vec<Beginning>, (usize, Error)> {
        let all = (0..self.plots.len()).map(|at| match self.family.has_partitions(at) {
            true => Ok(self.of_partitions(at)),
            false => self.of_whole(at).map_err(|error| (at, error)),
        });
        all.filter_map(Result::transpose).collect()
    }

    /// Where a resource would begin that is read partition by partition.
    fn of_partitions(&self, at: usize) -> Option<Beginning> {
        let own = self.recalled[at].as_ref()?.own.as_ref();
        let partitions = self.partitions[at];
        (own.is_some() || partitions > 0).then(|| Beginning {
            resource: self.plots[at].planned.spec.name,
            cursor: own.and_then(|own| own.cursor.as_ref()).map(ToString::to_string),
            from: None,
            resumes: None,
            partitions,
            complete: own.is_some_and(|own| own.complete),
        })
    }

    /// Where a resource would begin that is read as a whole: from the value of the cursor, and at the page,
    /// that a run would find out.
    fn of_whole(&self, at: usize) -> Result<Option<Beginning>> {
        let site = &self.sites[at];
        let own = self.recalled[at].as_ref().and_then(|recalled| recalled.own.clone());
        let followers = self.family.followers(at);
        let remembered = followers.into_iter().map(|child| {
            self.recalled[child].as_ref().and_then(|child| child.follows.clone()).flatten()
        });
        let remembered: Vec<Option<State>> = remembered.collect();
        let are_remembered = remembered.iter().any(Option::is_some);
        if own.is_none() && !are_remembered {
            return Ok(None);
        }
        let is_remembered = if site.is_loaded { own.is_some() } else { are_remembered };
        let followers: Vec<_> = remembered.into_iter().map(Option::unwrap_or_default).collect();
        let own = own.unwrap_or_default();
        let memory = Memory::new(site, &own, &followers);
        // what the children remember is refused where a run would refuse it, also on the first load of their root
        let mut range = Range::of(site, self.instance, &memory)?;
        if !is_remembered {
            return Ok(None);
        }
        // windows that are complete are passed over
        let first = range.next().unwrap_or_else(|| range.whole());
        let scan = interrupted(site, &memory, None, &first);
        let start = scan.as_ref().map_or(&first.start, |scan| &scan.start);
        let sends_start = site.cursor.as_ref().is_some_and(|cursor| cursor.spec().sends_start());
        Ok(Some(Beginning {
            resource: site.planned.spec.name,
            cursor: memory.cursor().map(ToString::to_string),
            from: start.as_ref().filter(|_| sends_start).map(ToString::to_string),
            resumes: scan.map(|scan| in_words(&scan.position)),
            partitions: self.partitions[at],
            complete: memory.is_complete(),
        }))
    }
}

/// A page.
fn in_words(position: &PagePosition) -> String {
    match position {
        PagePosition::Count(rows) => format!("after {rows} rows"),
        PagePosition::Page { number, .. } => format!("at page {number}"),
        PagePosition::Cursor(_) | PagePosition::CursorNumber(_) => "at a cursor".to_owned(),
        PagePosition::Link(_) => "at a link".to_owned(),
    }
}
