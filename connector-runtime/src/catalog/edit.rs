//! States that are set, and forgotten.

use serde::Serialize;
use serde_json::Value;

use super::Catalog;
use super::lease::Editing;
use crate::destination::{PartitionState, States, StoredState};
use crate::error::{Error, ErrorKind, Result};
use crate::incremental::Cursor;
use crate::plan::Planned;
use crate::run::columns_used;
use crate::spec::{ConnectorSpec, ResourceSpec, WriteDisposition};
use crate::state::{CursorValue, STATE_VERSION, State};

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
    /// Parts of the resource whose states are forgotten: they begin where the whole does.
    pub forgotten: Vec<String>,
}

impl Catalog {
    /// Sets the cursor of a resource, or of a partition: the next load asks for what has come since. The
    /// text is written as the values of the cursor column are. Where a resource is set as a whole, its
    /// parts are forgotten and begin there, too.
    ///
    /// # Errors
    ///
    /// When the resource is not one; when it has no cursor, or none there; when the text is no value of it;
    /// when a part is set behind the whole, which it goes on from; when rows would be appended again and `duplicates` refuses that; when a run has the lease for too long; or when the
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
        let mut begun = self.edit(&[&planned]).await?;
        let Some(editing) = begun.pop() else { unreachable!("BUG: one load for one resource") };
        // under the lease: a run may have come further while it was waited for
        let found = self.before(&editing, &planned, &partition, &value, duplicates).await;
        let Before { own, parts } = match found.and_then(|found| self.go_on(found)) {
            Ok(found) => found,
            Err(error) => {
                self.give_up(vec![editing]).await;
                return Err(error);
            }
        };
        // what is known of the resources below stays; of the rest nothing is true any more
        let state = State {
            version: STATE_VERSION,
            load_id: editing.load_id,
            column: Some(incremental.cursor.to_owned()),
            cursor: Some(value),
            with: known_below(own.as_ref(), &parts),
            ..State::default()
        };
        let forgotten: Vec<_> = parts.into_iter().map(|(key, _)| key).collect();
        let set = (partition.clone(), Some(state.clone()));
        let states = forgotten.iter().map(|key| (key.clone(), None)).chain([set]).collect();
        self.finish(editing, states, false).await?;
        let resource = planned.spec.name.to_owned();
        Ok(StateSet { resource, partition, before: own, state, forgotten })
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
        let selected = self.selected(resources)?;
        if !self.is_there().await? {
            return Err(self.nothing());
        }
        let begun = self.edit(&selected.iter().collect::<Vec<_>>()).await?;
        let counted = self.count_all(&begun).await.and_then(|counts| {
            let mut remembered = selected.iter().zip(&counts).filter(|(_, count)| **count > 0);
            let again = remembered.find_map(|(planned, _)| self.appended_again(planned));
            match again {
                Some(again) if duplicates == Duplicates::Refuse => Err(twice(&again, "all rows")),
                _ => Ok(counts),
            }
        });
        match counted {
            Ok(counts) => {
                let edits = begun.into_iter().zip(counts);
                self.replace(edits.map(|(editing, count)| (editing, count, Vec::new()))).await
            }
            Err(error) => {
                self.give_up(begun).await;
                Err(error)
            }
        }
    }

    /// Gives resources these states and no others, those of each in one transaction. `edits`: how many
    /// there were, and what there is to be.
    pub(super) async fn replace(
        &mut self,
        edits: impl Iterator<Item = (Editing, usize, Vec<PartitionState>)>,
    ) -> Result<Vec<StateChange>> {
        let mut changes = Vec::new();
        let mut failed = None;
        for (editing, before, new) in edits {
            let resource = editing.load.resource.to_owned();
            let (load_id, after) = (editing.load_id, new.len());
            let changes_nothing = before + after == 0;
            if failed.is_none() && !changes_nothing {
                failed = self.go_on(()).err();
            }
            if failed.is_some() || changes_nothing {
                self.give_up(vec![editing]).await;
                continue;
            }
            match self.finish(editing, new, true).await {
                Ok(_) => changes.push(StateChange { resource, load_id, before, after }),
                Err(error) => failed = Some(error.with_resource(&resource)),
            }
        }
        match failed {
            None => Ok(changes),
            Some(error) if changes.is_empty() => Err(error),
            Some(error) => {
                let done: Vec<_> = changes.iter().map(|it| format!("`{}`", it.resource)).collect();
                let done = format!("the states of {} are changed already", done.join(", "));
                let help = match error.help() {
                    Some(help) => format!("{done}; {help}"),
                    None => format!("{done}: run the command again"),
                };
                Err(error.with_help(help))
            }
        }
    }

    pub(super) fn one(&self, resource: &str) -> Result<Planned> {
        let mut planned = self.selected(&[resource.to_owned()])?;
        if planned.len() > 1 {
            let names: Vec<_> = planned.iter().map(|one| format!("`{}`", one.spec.name)).collect();
            let text = format!("`{resource}` stands for several resources: {}", names.join(", "));
            let error = Error::new(ErrorKind::Config, text);
            return Err(error.with_help("name one of them"));
        }
        planned.pop().ok_or_else(|| {
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

    /// How many states there are of each of these resources.
    pub(super) async fn count_all(&mut self, begun: &[Editing]) -> Result<Vec<usize>> {
        let mut counts = Vec::new();
        for editing in begun {
            counts.push(self.count_states(editing.load.resource).await?);
            self.go_on(())?;
        }
        Ok(counts)
    }

    /// What is remembered before a cursor is set, unless it cannot be set so.
    async fn before(
        &mut self,
        editing: &Editing,
        planned: &Planned,
        partition: &str,
        value: &CursorValue,
        duplicates: Duplicates,
    ) -> Result<Before> {
        let is_beyond = |state: &State| state.cursor.as_ref() > Some(value);
        let own = self.remembered(editing, partition).await?;
        let is_part =
            |whole: &&str| partition.strip_prefix(whole).is_some_and(|rest| rest.starts_with('@'));
        if let Some(whole) = WHOLES.into_iter().find(is_part) {
            // a part goes on from there, whatever its own state says
            let found = self.remembered(editing, whole).await?;
            if let Some(reached) = found.filter(is_beyond).and_then(|state| state.cursor) {
                return Err(behind(planned, partition, whole, &reached));
            }
        }
        let parts = match WHOLES.contains(&partition) {
            true => {
                let beginning = format!("{partition}@");
                self.destination.states(&editing.load, States::Beginning(&beginning)).await?
            }
            false => Vec::new(),
        };
        let goes_back = own.iter().chain(parts.iter().map(|(_, state)| state)).any(is_beyond);
        if duplicates == Duplicates::Refuse && goes_back && appends(planned) {
            return Err(twice(planned, "the rows since then"));
        }
        Ok(Before { own, parts })
    }

    async fn remembered(&mut self, editing: &Editing, partition: &str) -> Result<Option<State>> {
        let keys = [partition.to_owned()];
        let found = self.destination.states(&editing.load, States::Of(&keys)).await?;
        Ok(found.into_iter().next().map(|(_, state)| state))
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

/// The states of what is read as a whole: the rows of a resource, and those of its parent for it. Its
/// parts have theirs beside them.
const WHOLES: [&str; 2] = ["", "^"];

/// What is remembered before a cursor is set.
struct Before {
    own: Option<State>,
    /// Of what is set as a whole: a run would go on from these if they had come further.
    parts: Vec<(String, State)>,
}

/// The resources below that were read with the rows: by the whole, or by all of its parts.
fn known_below(own: Option<&State>, parts: &[(String, State)]) -> Vec<String> {
    match (own, parts.split_first()) {
        (Some(own), _) => own.with.clone(),
        (None, Some(((_, first), others))) => {
            let everywhere = |name: &&String| others.iter().all(|(_, one)| one.with.contains(name));
            first.with.iter().filter(everywhere).cloned().collect()
        }
        (None, None) => Vec::new(),
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

fn behind(planned: &Planned, part: &str, whole: &str, reached: &CursorValue) -> Error {
    let name = planned.spec.name;
    let text = format!(
        "`{name}` as a whole has come to {reached}: its part `{part}` cannot be set to what is before that"
    );
    let help = match whole {
        "" => "set it as a whole, without `--partition`: its parts begin there, too".to_owned(),
        whole => format!("set it as a whole, `--partition '{whole}'`: its parts begin there, too"),
    };
    Error::new(ErrorKind::Config, text).with_help(help)
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
