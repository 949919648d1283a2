//! [`Outlook`]: what a run would find in its destination.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use crate::destination::{Destination, Diff, Remembered};
use crate::error::{Error, Result};
use crate::incremental::Cursor;
use crate::instance::Instance;
use crate::report::SchemaChange;
use crate::run::bounded::Bounded;
use crate::run::family::Family;
use crate::run::range::{Memory, Range, is_of, is_young};
use crate::run::scope::Scope;
use crate::run::standing::own_key;
use crate::run::tree::Plot;
use crate::state::{PagePosition, Scan, State};

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
    /// The cursor of rows that are there.
    pub cursor: Option<String>,
    /// The value from which the API is asked for rows: that of the cursor, less the `lag`, or an earlier one
    /// that a resource below has not come beyond. `None`: from the beginning, or the API takes no such
    /// value. Partitions, and children of rows, begin each at a value of their own, and have none here.
    pub from: Option<String>,
    /// The page at which a load that did not end would go on, in words, if the request is the same.
    pub resumes: Option<String>,
    /// Partitions, or rows of its parent, of which something is remembered.
    pub partitions: u64,
    /// The last load had seen everything.
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
                let named = |(at, error): (usize, Error)| {
                    let plot: &Plot = &plots[at];
                    error.with_resource(plot.planned.spec.name)
                };
                let family = Family::new(instance, scope, plots).map_err(named)?;
                let found = Found { instance, scope, plots, family, diff };
                for at in 0..plots.len() {
                    resources.extend(found.beginning(at).map_err(|error| named((at, error)))?);
                }
            }
        }
        Ok(Self {
            destination: destination.describe(),
            schema_changes: diff.map(|diff| diff.changes),
            resources,
        })
    }
}

/// What is remembered of a tree.
struct Found<'a> {
    instance: &'a Instance,
    scope: &'a Scope,
    plots: &'a [Plot],
    family: Family<'a>,
    diff: &'a Diff,
}

impl Found<'_> {
    fn of(&self, at: usize) -> Option<&Remembered> {
        let load = self.plots[at].load.as_ref()?;
        self.diff.remembered.iter().find(|one| one.resource == load.resource)
    }

    /// Where a resource would begin of which anything is remembered.
    fn beginning(&self, at: usize) -> Result<Option<Beginning>> {
        let Some(Remembered { resource, states, partitions }) = self.of(at) else {
            return Ok(None);
        };
        let is_whole = !self.family.has_partitions(at);
        let state = match is_whole {
            true => self.family.stands(at, states)?,
            false => {
                let own = own_key("", self.scope.part);
                states.iter().find(|(key, _)| *key == own).map(|(_, state)| state.clone())
            }
        };
        if state.is_none() && *partitions == 0 {
            return Ok(None);
        }
        let state = state.unwrap_or_default();
        let (from, scan) = if is_whole { self.onward(at, &state)? } else { (None, None) };
        Ok(Some(Beginning {
            resource,
            cursor: state.cursor.as_ref().map(ToString::to_string),
            from,
            resumes: scan.map(|scan| in_words(&scan.position)),
            partitions: *partitions,
            complete: state.complete,
        }))
    }

    /// From where a resource goes on that is read as a whole, as the run finds it out: the value of its
    /// cursor, and the scan that did not end.
    fn onward(&self, at: usize, state: &State) -> Result<(Option<String>, Option<Scan>)> {
        let planned = &self.plots[at].planned;
        let now = self.scope.now.unwrap_or_else(Timestamp::now);
        let follower = |child: usize| match self.of(child) {
            Some(child) => Ok(self.family.follows(&child.states)?.unwrap_or_default()),
            None => Ok(State::default()),
        };
        let followers = self.family.children(at).into_iter().map(follower);
        let followers: Vec<State> = followers.collect::<Result<_>>()?;
        let below = self.family.below(at);
        let memory = Memory { own: Some(state), followers: &followers, below: &below };
        let scan = memory.scan().filter(|scan| is_young(scan, planned, now)).cloned();
        let Some(incremental) = &planned.spec.incremental else { return Ok((None, scan)) };
        let cursor = Arc::new(Cursor::new(incremental, planned.spec.fields)?);
        let mut range = Range::after(&memory, self.instance, &cursor, now)?;
        // windows that are complete are passed over
        let first = range.next().unwrap_or_else(|| range.whole());
        let scan = scan.filter(|scan| is_of(scan, &first, incremental.lag.is_some()));
        let start = match &scan {
            Some(scan) => &scan.start,
            None => &first.start,
        };
        let from = start.as_ref().filter(|_| incremental.sends_start());
        Ok((from.map(ToString::to_string), scan))
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
