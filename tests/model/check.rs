//! What is true after every run, and what at the end.

use std::collections::{BTreeMap, BTreeSet};

use connector_runtime::report::{Report, Status};
use connector_runtime::state::{CursorValue, State};
use connector_tests::sim::{Removes, Seen, SimRow, Source};

use crate::run::Outcome;
use crate::store;
use crate::variant::{Missing, Resource};
use crate::world::{START, World};

pub(crate) type Checked = Result<(), String>;

/// After any run, however it ended: what it says adds up, nothing is there twice, and no state says
/// more than what is there.
pub(crate) fn after_run(world: &World, outcome: &Outcome) -> Checked {
    if let Some(report) = &outcome.report {
        adds_up(report, &outcome.seen)?;
    }
    for resource in &world.variant.resources {
        comes_once(world, resource)?;
        is_not_ahead(world, resource)?;
        children_are_there(world, resource)?;
    }
    Ok(())
}

/// A run in which nothing went wrong came to its end.
pub(crate) fn is_done(outcome: &Outcome) -> Checked {
    match &outcome.report {
        Some(report) if report.is_done() => Ok(()),
        _ => Err("nothing went wrong, but the run is not done".to_owned()),
    }
}

/// The tables are what the source is.
pub(crate) fn is_equal(world: &World) -> Checked {
    for resource in world.variant.resources.iter().filter(|resource| resource.stored) {
        let expected = expected(world, resource);
        let found = by_id(world.store.rows(resource));
        let name = resource.name;
        for (id, row) in &expected {
            match found.get(id) {
                Some(found) if found == row => {}
                Some(found) => return Err(format!("{name} {id} is {found:?}, not {row:?}")),
                None => return Err(format!("{name} {id} is missing: {row:?}")),
            }
        }
        if let Some((id, row)) = found.iter().find(|(id, _)| !expected.contains_key(id)) {
            may_be_left(world, resource, row, expected.is_empty())
                .map_err(|why| format!("{name} {id} should not be there: {why}: {row:?}"))?;
        }
    }
    Ok(())
}

/// A run right after a complete one asks for nothing that it has.
pub(crate) fn asks_little(world: &World, before: &States, seen: &Seen) -> Checked {
    for resource in &world.variant.resources {
        let name = resource.name;
        let served = seen.rows.get(name).copied().unwrap_or_default();
        let requests = seen.requests.get(name).copied().unwrap_or_default();
        let is_child_of_new = resource.parent.is_some_and(|parent| {
            let parent = world.variant.resource(parent);
            parent.incremental.is_some() || parent.parent.is_some()
        });
        if is_child_of_new && all_new(world) && requests > 0 {
            return Err(format!("{name}: {requests} requests, but no parent has changed"));
        }
        let Some(incremental) = resource.incremental else { continue };
        if !incremental.since || !world.manner.filters || resource.parent.is_some() {
            continue;
        }
        // of small pages a row comes five times: its own, those of the row before it, and again those
        // of which others were behind the last one
        let times = if resource.leaps() { 5 } else { 1 };
        let due = due(world, resource, &before.0[name]).map(|due| due * times);
        if due.is_some_and(|due| served > due) {
            return Err(format!("{name}: {served} rows came again, of {due:?} at the boundary"));
        }
    }
    Ok(())
}

/// No state is another one than before.
pub(crate) fn is_untouched(world: &World, before: &States) -> Checked {
    match States::of(world).0 == before.0 {
        true => Ok(()),
        false => Err("a range moved a state".to_owned()),
    }
}

/// The states of every resource.
pub(crate) struct States(BTreeMap<&'static str, Vec<(String, State)>>);

impl States {
    pub(crate) fn of(world: &World) -> Self {
        let resources = world.variant.resources.iter();
        Self(resources.map(|resource| (resource.name, world.store.states(resource))).collect())
    }
}

fn adds_up(report: &Report, seen: &Seen) -> Checked {
    for resource in &report.resources {
        let (name, rows) = (resource.resource, resource.rows);
        if !rows.adds_up() || (resource.status == Status::Done && rows.discarded > 0) {
            return Err(format!("{name}: the rows do not add up: {rows:?}"));
        }
    }
    let told: u64 = report.resources.iter().map(|resource| resource.traffic.requests).sum();
    // what is under way when something goes wrong is given up
    if told > seen.all() as u64 || (report.is_done() && told < seen.all() as u64) {
        return Err(format!("{told} requests were told of, {} came", seen.all()));
    }
    Ok(())
}

/// No row is there twice.
fn comes_once(world: &World, resource: &Resource) -> Checked {
    let mut ids = BTreeSet::new();
    let twice = world.store.rows(resource).into_iter().find(|row| !ids.insert(row.id));
    twice.map_or(Ok(()), |row| Err(format!("{} {} is there twice", resource.name, row.id)))
}

/// Every row below a cursor is there as the source has it now.
fn is_not_ahead(world: &World, resource: &Resource) -> Checked {
    let Some(incremental) = resource.incremental else { return Ok(()) };
    if !resource.stored {
        return Ok(());
    }
    let states = world.store.states(resource);
    let cursors = states.iter().filter_map(|(partition, state)| {
        let scope = scope(partition)?;
        Some((scope, tick(state.cursor.as_ref()?)))
    });
    let found = by_id(world.store.rows(resource));
    for (scope, cursor) in cursors {
        let cursor = cursor - incremental.lag;
        let bound = cursor.div_euclid(incremental.grain) * incremental.grain;
        let is_below = |row: &SimRow| {
            row.at.is_some_and(|at| at < bound) && scope.as_ref().is_none_or(|s| *s == row.scope)
        };
        let wrong = listed(world, resource).into_values().filter(is_below).find(|row| {
            let found = found.get(&row.id);
            if row.gone { found.is_some() } else { found != Some(row) }
        });
        if let Some(row) = wrong {
            let there = found.get(&row.id);
            let name = resource.name;
            return Err(format!(
                "{name}: the cursor of {scope:?} is {cursor}, but {row:?} is {there:?}"
            ));
        }
    }
    Ok(())
}

/// The children of every parent that a state speaks of are there.
fn children_are_there(world: &World, resource: &Resource) -> Checked {
    let Some(parent) = resource.parent.map(|parent| world.variant.resource(parent)) else {
        return Ok(());
    };
    let Some(incremental) = parent.incremental else { return Ok(()) };
    let parents = expected(world, parent);
    for (partition, state) in world.store.states(resource) {
        let Some(until) = state.parent.as_ref().map(tick) else { continue };
        let is_read = |row: &&SimRow| match partition.strip_prefix('^') {
            Some(of) => {
                let scope = scope(of).flatten();
                row.at.is_some_and(|at| at < until - incremental.lag - incremental.grain)
                    && scope.is_none_or(|scope| scope == row.scope)
            }
            None => {
                state.complete
                    && scope(&partition).flatten() == Some(row.id.to_string())
                    && row.at == Some(until)
            }
        };
        let read: BTreeSet<String> =
            parents.values().filter(is_read).map(|row| row.id.to_string()).collect();
        let found = by_id(world.store.rows(resource));
        let children = listed(world, resource).into_values();
        let mut children = children.filter(|row| read.contains(&row.scope));
        if let Some(row) = children.find(|row| found.get(&row.id) != Some(row)) {
            let (name, there) = (resource.name, found.get(&row.id));
            return Err(format!("{name}: {partition:?} is {until}, but {row:?} is {there:?}"));
        }
    }
    Ok(())
}

/// Why a row that the source does not have must not be there.
fn may_be_left(world: &World, resource: &Resource, row: &SimRow, empty: bool) -> Checked {
    if resource.append {
        return Err("rows are appended once".to_owned());
    }
    // a table is not emptied by a scan that brings nothing
    if resource.removes_missing && !empty {
        return Err("the scans were complete".to_owned());
    }
    // a server that does not filter sends what is older than was asked for, and what belongs to it
    let is_unasked = row.at.is_some_and(|at| at < START)
        || resource.parent.is_some_and(|parent| {
            let parents = expected(world, world.variant.resource(parent));
            row.scope.parse().is_ok_and(|id| !parents.contains_key(&id))
        });
    if !world.manner.filters && is_unasked {
        return Ok(());
    }
    let was_removed = world.api.source(|source, _| {
        let collection = source.get(resource.name).expect("a collection");
        collection.has_known(row.id) && !collection.rows().any(|other| other.id == row.id)
    });
    if !was_removed {
        return Err("the source says so".to_owned());
    }
    let is_parent = world.variant.any(|other| other.parent == Some(resource.name));
    if world.manner.habits.removes == Removes::Telling && !is_parent && resource.parent.is_none() {
        return Err("it said that it is deleted".to_owned());
    }
    Ok(())
}

/// Rows of the source that belong into the table, deleted ones apart.
fn expected(world: &World, resource: &Resource) -> BTreeMap<i64, SimRow> {
    let mut rows = listed(world, resource);
    rows.retain(|_, row| !row.gone);
    rows
}

/// Rows that a sync of the whole source is given.
fn listed(world: &World, resource: &Resource) -> BTreeMap<i64, SimRow> {
    let mut rows = by_id(world.api.source(|source, _| all(source, resource)));
    if let Some(incremental) = resource.incremental {
        rows.retain(|_, row| match row.at {
            Some(at) => !incremental.initial || at >= START,
            None => incremental.missing == Missing::Included,
        });
    }
    if let Some(parent) = resource.parent {
        let parents = expected(world, world.variant.resource(parent));
        rows.retain(|_, row| row.scope.parse().is_ok_and(|id| parents.contains_key(&id)));
    }
    rows
}

fn all(source: &Source, resource: &Resource) -> Vec<SimRow> {
    let collection = source.get(resource.name).expect("a collection");
    collection.rows().cloned().collect()
}

fn by_id(rows: Vec<SimRow>) -> BTreeMap<i64, SimRow> {
    rows.into_iter().map(|row| (row.id, row)).collect()
}

/// Rows at or beyond the cursors, as far as whole resources and partitions have some.
fn due(world: &World, resource: &Resource, states: &[(String, State)]) -> Option<usize> {
    let incremental = resource.incremental?;
    let rows = world.api.source(|source, _| all(source, resource));
    let scopes: BTreeSet<&str> = rows.iter().map(|row| row.scope.as_str()).collect();
    let mut due = 0;
    for of in scopes {
        let is_of = |partition: &str| match scope(partition) {
            Some(Some(scope)) => scope == of,
            Some(None) => true,
            None => false,
        };
        let state = states.iter().find(|(partition, _)| is_of(partition));
        let cursor = tick(state?.1.cursor.as_ref()?) - incremental.lag;
        let bound = cursor.div_euclid(incremental.grain) * incremental.grain;
        let is_due = |row: &&SimRow| row.scope == of && row.at.is_none_or(|at| at >= bound);
        due += rows.iter().filter(is_due).count();
    }
    Some(due)
}

/// Every resource with children asks for new rows only.
fn all_new(world: &World) -> bool {
    let roots = world.variant.resources.iter().filter(|resource| resource.parent.is_none());
    roots.into_iter().all(|resource| resource.incremental.is_some())
}

/// Of which rows a state speaks: `Some(None)` all of them, `None` something else.
fn scope(partition: &str) -> Option<Option<String>> {
    if partition.is_empty() {
        return Some(None);
    }
    let values: Vec<serde_json::Value> = serde_json::from_str(partition).ok()?;
    Some(Some(match values.last()? {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }))
}

/// A cursor as the source has it.
fn tick(cursor: &CursorValue) -> i64 {
    match cursor {
        CursorValue::Date(date) => store::date(*date),
        CursorValue::Integer(number) => i64::try_from(*number).expect("an i64"),
        CursorValue::Text(text) => text.parse().expect("a number"),
        CursorValue::Timestamp(instant) => store::instant(*instant),
        _ => panic!("a cursor of another kind: {cursor:?}"),
    }
}
