//! States that are set, and forgotten.

use serde::Serialize;
use serde_json::Value;

use super::Catalog;
use crate::destination::StoredState;
use crate::error::{Error, ErrorKind, Result};
use crate::incremental::Cursor;
use crate::plan::Planned;
use crate::run::columns_used;
use crate::spec::{ConnectorSpec, ResourceSpec, WriteDisposition};
use crate::state::{STATE_VERSION, State};

/// What is to become of an edit after which rows would be appended that are there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duplicates {
    /// Nothing is edited.
    Refuse,
    /// They may come twice.
    Accept,
}

/// What became of the states of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StateChange {
    /// The resource.
    pub resource: String,
    /// The number under which the log has it.
    pub load_id: i64,
    /// States that were there before.
    pub before: usize,
    /// States that are there now.
    pub after: usize,
}

/// A state that was set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StateSet {
    /// The resource.
    pub resource: String,
    /// The partition; empty for the resource as a whole.
    pub partition: String,
    /// What was remembered before.
    pub before: Option<State>,
    /// What is remembered now.
    pub state: State,
}

impl Catalog {
    /// Sets the cursor of a resource, or of a partition: the next load asks for what has come since. The
    /// text is written as the values of the cursor column are.
    ///
    /// # Errors
    ///
    /// When the resource has no cursor, or none there; when the text is no value of it; when rows would be
    /// appended again and `duplicates` refuses that; when a run has the lease for too long; or when the
    /// destination fails.
    pub async fn set_state(
        &mut self,
        resource: &str,
        partition: Option<&str>,
        cursor: &str,
        duplicates: Duplicates,
    ) -> Result<StateSet> {
        let planned = self.one(resource)?;
        let partition = place(&planned, partition.unwrap_or_default())?;
        let owner = self.owner(&planned, &partition)?;
        let incremental = owner.incremental.as_ref().ok_or_else(|| without_cursor(owner))?;
        let column = Cursor::new(incremental, owner.fields)?;
        let value = column.parse(cursor).map_err(|expected| {
            let text =
                format!("the cursor `{}` is `{cursor}`: expected {expected}", incremental.cursor);
            Error::new(ErrorKind::Config, text).with_resource(owner.name)
        })?;
        let before = self.state_of(resource, &partition).await?;
        let goes_back = before.as_ref().is_some_and(|state| state.cursor.as_ref() > Some(&value));
        if duplicates == Duplicates::Refuse && goes_back && appends(&planned) {
            return Err(twice(&planned, "the rows since then"));
        }
        let mut begun = self.edit(&[&planned]).await?;
        let Some(editing) = begun.pop() else { unreachable!("BUG: one load for one resource") };
        // what is known of the resources below stays; of the rest nothing is true any more
        let state = State {
            version: STATE_VERSION,
            load_id: editing.load_id,
            column: Some(incremental.cursor.to_owned()),
            cursor: Some(value),
            with: before.as_ref().map(|state| state.with.clone()).unwrap_or_default(),
            ..State::default()
        };
        self.finish(editing, vec![(partition.clone(), Some(state.clone()))], false).await?;
        Ok(StateSet { resource: resource.to_owned(), partition, before, state })
    }

    /// Forgets all states of these resources, or of all: the next load reads them from the beginning.
    /// Those that have none are left out of what is returned.
    ///
    /// # Errors
    ///
    /// When nothing was ever loaded there; when rows would be appended again and `duplicates` refuses that;
    /// when a run has a lease for too long: nothing is forgotten then; or when the destination fails.
    pub async fn reset_states(
        &mut self,
        resources: &[String],
        duplicates: Duplicates,
    ) -> Result<Vec<StateChange>> {
        let mut remembered = Vec::new();
        for planned in self.selected(resources)? {
            match self.count_states(planned.spec.name).await? {
                0 => {}
                states => remembered.push((planned, states)),
            }
        }
        if duplicates == Duplicates::Refuse {
            for (planned, _) in &remembered {
                if let Some(appended) = self.appended_again(planned) {
                    return Err(twice(&appended, "all rows"));
                }
            }
        }
        let resources: Vec<_> = remembered.iter().map(|(planned, _)| planned).collect();
        if resources.is_empty() {
            return Ok(Vec::new());
        }
        let begun = self.edit(&resources).await?;
        let mut changes = Vec::new();
        let mut begun = begun.into_iter().zip(&remembered);
        while let Some((editing, (planned, before))) = begun.next() {
            let (resource, load_id) = (planned.spec.name.to_owned(), editing.load_id);
            if let Err(error) = self.finish(editing, Vec::new(), true).await {
                self.give_up(begun.map(|(editing, _)| editing).collect()).await;
                return Err(error.with_resource(&resource));
            }
            changes.push(StateChange { resource, load_id, before: *before, after: 0 });
        }
        Ok(changes)
    }

    pub(super) fn one(&self, resource: &str) -> Result<Planned> {
        let planned = self.selected(&[resource.to_owned()])?;
        planned.into_iter().next().ok_or_else(|| {
            let text = format!("`{}` has no resource `{resource}`", self.spec.name);
            Error::new(ErrorKind::Config, text)
        })
    }

    /// The resource whose cursor the state of a partition has: how far a child has come with the rows of
    /// its parent is said by the parent's.
    fn owner(&self, planned: &Planned, partition: &str) -> Result<&'static ResourceSpec> {
        if !partition.starts_with('^') {
            return Ok(planned.spec);
        }
        match planned.parent() {
            Some(parent) => Ok(self.one(parent)?.spec),
            None => Err(no_partition(planned, partition)),
        }
    }

    pub(super) async fn count_states(&mut self, resource: &str) -> Result<usize> {
        let names = [resource.to_owned()];
        let mut count = 0;
        let mut last: Option<StoredState> = None;
        loop {
            let some = self.states(&names, None, last.as_ref()).await?;
            count += some.len();
            match some.into_iter().next_back() {
                Some(state) => last = Some(state),
                None => return Ok(count),
            }
        }
    }

    /// What is remembered of a partition; nothing where nothing was loaded.
    async fn state_of(&mut self, resource: &str, partition: &str) -> Result<Option<State>> {
        if !self.is_there().await? {
            return Ok(None);
        }
        let found = self.states(&[resource.to_owned()], Some(partition), None).await?;
        Ok(found.into_iter().next().map(|found| found.state))
    }

    /// The resource, or one that is read for its rows, whose rows would be appended again if nothing were
    /// remembered of it. What is appended as a whole each time is not.
    fn appended_again(&self, planned: &Planned) -> Option<Planned> {
        let is_below = |one: &&Planned| {
            let mut lineage = lineage(self.spec, one.spec);
            lineage.any(|spec| spec.name == planned.spec.name)
        };
        let is_incremental =
            |one: &Planned| lineage(self.spec, one.spec).any(|spec| spec.incremental.is_some());
        let all = self.selected(&[]).unwrap_or_default();
        let mut below = all.iter().filter(is_below);
        below.find(|one| appends(one) && is_incremental(one)).cloned()
    }
}

/// A resource, its parent, the parent of that, and so on.
fn lineage(
    connector: &'static ConnectorSpec,
    spec: &'static ResourceSpec,
) -> impl Iterator<Item = &'static ResourceSpec> {
    std::iter::successors(Some(spec), move |spec| {
        let parent = spec.parent?;
        connector.resources.iter().copied().find(|one| one.name == parent.resource)
    })
}

fn appends(planned: &Planned) -> bool {
    planned.spec.store && planned.write.disposition == WriteDisposition::Append
}

/// Under which key the state of a partition stands that somebody has written down.
fn place(planned: &Planned, partition: &str) -> Result<String> {
    let values = columns_used(planned).len() + planned.spec.partitions.len();
    // of a parent's partition, or of all of them: the parent knows what they are
    if partition.starts_with('^') {
        return Ok(partition.to_owned());
    }
    if let Some(part) = partition.strip_prefix('@') {
        let numbers = part.split_once('/').map(|(index, of)| (index.parse(), of.parse::<u32>()));
        return match numbers {
            Some((Ok(index), Ok(of))) if values == 0 && (1..=of).contains(&index) => {
                Ok(format!("@{index}/{of}"))
            }
            _ => Err(no_partition(planned, partition)),
        };
    }
    if values == 0 {
        return match partition {
            "" => Ok(String::new()),
            partition => Err(no_partition(planned, partition)),
        };
    }
    let name = planned.spec.name;
    if partition.is_empty() {
        let text = format!("`{name}` has a state for each of its partitions");
        return Err(Error::new(ErrorKind::Config, text)
            .with_help(format!("name one with `--partition`, as `state show {name}` lists them")));
    }
    let parsed: Option<Vec<Value>> = serde_json::from_str(partition).ok();
    match parsed.filter(|parsed| parsed.len() == values) {
        Some(parsed) => Ok(Value::Array(parsed).to_string()),
        None => {
            let text = format!(
                "the partition is `{partition}`: expected a JSON list of {values} values, as `state show {name}` has them"
            );
            Err(Error::new(ErrorKind::Config, text))
        }
    }
}

fn no_partition(planned: &Planned, partition: &str) -> Error {
    let text = format!("`{}` has no partition `{partition}`", planned.spec.name);
    let name = planned.spec.name;
    Error::new(ErrorKind::Config, text).with_help(format!("`state show {name}` lists those it has"))
}

fn without_cursor(spec: &ResourceSpec) -> Error {
    let text = format!("`{}` has no cursor: each load reads all of it", spec.name);
    Error::new(ErrorKind::Config, text)
        .with_help("to forget an interrupted load of it: `state reset`")
}

fn twice(planned: &Planned, which: &str) -> Error {
    let name = planned.spec.name;
    let text = format!(
        "the rows of `{name}` are appended: the next `sync` would add {which} again, beside those that are there"
    );
    Error::new(ErrorKind::Config, text)
        .with_help(format!("empty the table `{name}` first, or let them come twice; then: `--yes`"))
}
