//! [`Memory`]: a destination without a database, for schedules by the thousand.
//!
//! It does what the trait says, for resources without lists that append or upsert: each commit is
//! one change of a [`Shelf`], and what is staged goes with the destination.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use connector_runtime::arrow_array::cast::AsArray;
use connector_runtime::arrow_array::types::{
    Date32Type, Int64Type, TimestampMicrosecondType, UInt64Type,
};
use connector_runtime::arrow_array::{Array, RecordBatch};
use connector_runtime::destination::{
    Begun, BoxFuture, Destination, Ending, Load, Opened, Part, Progress, Reject, States,
    StoredState, Wanted,
};
use connector_runtime::report::{RowCounts, Status};
use connector_runtime::schema::Table;
use connector_runtime::spec::{ColumnMark, MergeStrategy, WriteDisposition};
use connector_runtime::state::State;
use connector_runtime::value::LogicalType;
use connector_runtime::{Error, ErrorKind, Result};

/// A value of a table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    /// None.
    Null,
    /// A number, a flag, a day since 1970, microseconds since 1970.
    Integer(i128),
    /// A text.
    Text(String),
}

/// The rows of a table, their columns in the order of the struct.
pub type CellRow = Vec<Cell>;

/// What was committed; a clone shares everything.
#[derive(Clone, Debug, Default)]
pub struct Shelf(Arc<Mutex<Committed>>);

#[derive(Debug, Default)]
struct Committed {
    tables: BTreeMap<String, Rows>,
    states: BTreeMap<(String, String), State>,
    /// The number of the last run, and of each resource's last load.
    load_id: i64,
    loaded: BTreeMap<String, i64>,
    leases: BTreeSet<Lease>,
}

#[derive(Debug)]
enum Rows {
    Keyed(BTreeMap<CellRow, CellRow>),
    Plain(Vec<CellRow>),
}

/// A resource, and which part of it.
type Lease = (String, Option<String>);

/// A destination whose rows stand on a [`Shelf`].
#[derive(Debug)]
pub struct Memory {
    shelf: Shelf,
    begun: BTreeMap<Lease, Begin>,
}

/// A load that was begun.
#[derive(Debug, Default)]
struct Begin {
    staged: Vec<CellRow>,
    states: BTreeMap<String, Option<State>>,
    /// The keys that came.
    came: BTreeSet<CellRow>,
}

impl Shelf {
    /// A destination that writes here.
    pub fn destination(&self) -> Memory {
        Memory { shelf: self.clone(), begun: BTreeMap::new() }
    }

    /// The rows of a table, in any order.
    pub fn rows(&self, table: &str) -> Vec<CellRow> {
        match self.lock().tables.get(table) {
            Some(Rows::Keyed(rows)) => rows.values().cloned().collect(),
            Some(Rows::Plain(rows)) => rows.clone(),
            None => Vec::new(),
        }
    }

    /// The states of a resource, by partition.
    pub fn states(&self, resource: &str) -> Vec<(String, State)> {
        let committed = self.lock();
        let of = committed.states.iter().filter(|((name, _), _)| name == resource);
        of.map(|((_, partition), state)| (partition.clone(), state.clone())).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Committed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rows {
    fn len(&self) -> usize {
        match self {
            Self::Keyed(rows) => rows.len(),
            Self::Plain(rows) => rows.len(),
        }
    }
}

impl Committed {
    fn remember(&mut self, load: &Load, states: impl IntoIterator<Item = (String, Option<State>)>) {
        for (partition, state) in states {
            let key = (load.resource.to_owned(), partition);
            match state {
                Some(state) => drop(self.states.insert(key, state)),
                None => drop(self.states.remove(&key)),
            }
        }
    }

    fn apply(&mut self, load: &Load, rows: Vec<CellRow>) -> RowCounts {
        let mut counts = RowCounts::default();
        if !load.store {
            return counts;
        }
        let table = load.tables.root();
        let keyed = load.write.disposition == WriteDisposition::Merge;
        let before = if load.write.refresh { self.tables.remove(&table.name) } else { None };
        let empty = || if keyed { Rows::Keyed(BTreeMap::new()) } else { Rows::Plain(Vec::new()) };
        match self.tables.entry(table.name.clone()).or_insert_with(empty) {
            Rows::Plain(there) => {
                counts.inserted = rows.len() as u64;
                there.extend(rows);
            }
            Rows::Keyed(there) => {
                for row in rows {
                    let key = key(table, &row);
                    let count = match (there.get(&key), is_deleted(table, &row)) {
                        (Some(_), true) => {
                            there.remove(&key);
                            &mut counts.deleted
                        }
                        (None, true) => &mut counts.unchanged,
                        (Some(old), false) if *old == row => &mut counts.unchanged,
                        (old, false) => {
                            let is_new = old.is_none();
                            there.insert(key, row);
                            if is_new { &mut counts.inserted } else { &mut counts.updated }
                        }
                    };
                    *count += 1;
                }
            }
        }
        // as if each row had gone and come: whether it is the same nobody asks
        counts.removed = before.map_or(0, |rows| rows.len() as u64);
        counts
    }

    /// Forgets all states of a resource.
    fn forget(&mut self, load: &Load) {
        self.states.retain(|(resource, _), _| resource != load.resource);
    }

    /// Rows whose keys did not come go.
    fn remove_missing(&mut self, load: &Load, came: &BTreeSet<CellRow>) -> u64 {
        let Some(Rows::Keyed(rows)) = self.tables.get_mut(&load.tables.root().name) else {
            return 0;
        };
        let before = rows.len();
        rows.retain(|key, _| came.contains(key));
        (before - rows.len()) as u64
    }
}

impl Memory {
    /// The load that was begun, and the shelf.
    fn at(&mut self, load: &Load) -> Result<(&mut Begin, MutexGuard<'_, Committed>)> {
        let begun = self.begun.get_mut(&lease(load));
        let begun = begun.ok_or_else(|| wrong(format!("`{}` was not begun", load.resource)))?;
        Ok((begun, self.shelf.lock()))
    }

    fn take(
        &mut self,
        load: &Load,
        batch: &RecordBatch,
        states: Vec<(String, Option<State>)>,
    ) -> Result<RowCounts> {
        if !load.store && batch.num_rows() > 0 {
            return Err(wrong(format!("`{}` is not stored, but has rows", load.resource)));
        }
        let rows = cells(load, batch)?;
        let (begun, mut committed) = self.at(load)?;
        let table = load.tables.root();
        begun.came.extend(rows.iter().map(|row| key(table, row)));
        if load.waits() {
            begun.staged.extend(rows);
            begun.states.extend(states);
            return Ok(RowCounts::default());
        }
        committed.remember(load, states);
        Ok(committed.apply(load, rows))
    }

    fn show(
        &mut self,
        load: &Load,
        states: Vec<(String, Option<State>)>,
        remove_missing: bool,
        forget: bool,
    ) -> Result<RowCounts> {
        let (begun, mut committed) = self.at(load)?;
        let mut counts = committed.apply(load, std::mem::take(&mut begun.staged));
        if forget {
            committed.forget(load);
        }
        committed.remember(load, std::mem::take(&mut begun.states));
        committed.remember(load, states);
        if remove_missing {
            counts.removed = committed.remove_missing(load, &begun.came);
        }
        Ok(counts)
    }

    fn finish(&mut self, load: &Load, ending: Ending) -> Result<RowCounts> {
        if ending.forget {
            self.shelf.lock().states.retain(|(resource, _), _| resource != load.resource);
        }
        if ending.status == Status::Edited {
            self.shelf.lock().remember(load, ending.progress.states.clone());
        }
        // what has waited goes where it is not shown, and its states with it
        let counts = match load.publishes(ending.status) {
            true => {
                self.show(load, ending.progress.states, ending.remove_missing, ending.forget)?
            }
            false => RowCounts::default(),
        };
        let lease = lease(load);
        self.begun.remove(&lease);
        self.shelf.lock().leases.remove(&lease);
        Ok(counts)
    }
}

/// The end of the process gives leases back.
impl Drop for Memory {
    fn drop(&mut self) {
        let mut committed = self.shelf.lock();
        for lease in self.begun.keys() {
            committed.leases.remove(lease);
        }
    }
}

impl Destination for Memory {
    fn describe(&self) -> String {
        "memory".to_owned()
    }

    fn ddl(&self, _: &Load) -> String {
        String::new()
    }

    fn open<'a>(&'a mut self, loads: &'a [Load]) -> BoxFuture<'a, Result<Opened>> {
        let refused = loads.iter().find_map(refused);
        let opened = match refused {
            Some(error) => Err(error),
            None => {
                let mut committed = self.shelf.lock();
                committed.load_id += 1;
                Ok(Opened::new(committed.load_id, Vec::new()))
            }
        };
        Box::pin(async { opened })
    }

    fn begin<'a>(&'a mut self, load: &'a Load, load_id: i64) -> BoxFuture<'a, Result<Begun>> {
        let mut committed = self.shelf.lock();
        let lease = lease(load);
        if !committed.leases.insert(lease.clone()) {
            return Box::pin(async { Ok(Begun::Busy("another run is at work".to_owned())) });
        }
        let last = committed.loaded.get(load.resource).copied().unwrap_or_default();
        let load_id = match last > load_id {
            true => {
                committed.load_id += 1;
                committed.load_id
            }
            false => load_id,
        };
        committed.loaded.insert(load.resource.to_owned(), load_id);
        drop(committed);
        self.begun.insert(lease, Begin::default());
        Box::pin(async move { Ok(Begun::Ready { load_id }) })
    }

    fn states<'a>(
        &'a mut self,
        load: &'a Load,
        states: States<'a>,
    ) -> BoxFuture<'a, Result<Vec<(String, State)>>> {
        let is_wanted = |partition: &String| match states {
            States::Of(partitions) => partitions.contains(partition),
            States::Beginning(with) => partition.starts_with(with),
            _ => false,
        };
        let mut found = self.shelf.states(load.resource);
        found.retain(|(partition, _)| is_wanted(partition));
        let found = self.at(load).map(|_| found);
        Box::pin(async { found })
    }

    fn write<'a>(
        &'a mut self,
        load: &'a Load,
        batch: RecordBatch,
        rejects: Vec<Reject>,
        progress: Progress,
    ) -> BoxFuture<'a, Result<RowCounts>> {
        let written = match rejects.is_empty() {
            true => self.take(load, &batch, progress.states),
            false => Err(wrong("rows that do not fit".to_owned())),
        };
        Box::pin(async { written })
    }

    fn publish<'a>(
        &'a mut self,
        load: &'a Load,
        progress: Progress,
    ) -> BoxFuture<'a, Result<RowCounts>> {
        let shown = self.show(load, progress.states, false, false);
        Box::pin(async { shown })
    }

    fn end<'a>(&'a mut self, load: &'a Load, ending: Ending) -> BoxFuture<'a, Result<RowCounts>> {
        let ended = self.finish(load, ending);
        Box::pin(async { ended })
    }

    /// There are no other records in memory.
    fn stored_states<'a>(
        &'a mut self,
        wanted: &'a Wanted,
        after: Option<&'a StoredState>,
    ) -> BoxFuture<'a, Result<Option<Vec<StoredState>>>> {
        let committed = self.shelf.lock();
        let is_wanted = |(resource, partition): &(&String, &String)| {
            let of_one = wanted.resources.is_empty() || wanted.resources.contains(resource);
            of_one && wanted.partition.as_ref().is_none_or(|wanted| wanted == *partition)
        };
        let is_behind = |(resource, partition): &(&String, &String)| {
            after.is_none_or(|last| (*resource, *partition) > (&last.resource, &last.partition))
        };
        let all = committed
            .states
            .iter()
            .map(|((resource, partition), state)| ((resource, partition), state));
        let some = all.filter(|(at, _)| is_wanted(at) && is_behind(at)).take(wanted.limit);
        let some = some.map(|((resource, partition), state)| {
            StoredState::new(resource, partition, state.clone())
        });
        let some = some.collect();
        Box::pin(async { Ok(Some(some)) })
    }
}

fn lease(load: &Load) -> Lease {
    (load.resource.to_owned(), load.part.map(|part: Part| part.to_string()))
}

fn wrong(message: String) -> Error {
    Error::new(ErrorKind::Destination, message)
}

/// What this destination does not do.
fn refused(load: &Load) -> Option<Error> {
    let does = match load.write.disposition {
        WriteDisposition::Append => true,
        WriteDisposition::Merge => load.write.strategy == MergeStrategy::Upsert,
        _ => false,
    };
    let mut marks = load.tables.root().columns.iter().filter_map(|column| column.mark);
    let does = does && !load.tables.is_nested() && marks.all(|mark| mark == ColumnMark::HardDelete);
    (!does).then(|| wrong(format!("`{}`: not in memory", load.resource)))
}

fn key(table: &Table, row: &[Cell]) -> CellRow {
    let columns = table.columns.iter().zip(row).filter(|(column, _)| column.primary_key);
    columns.map(|(_, cell)| cell.clone()).collect()
}

fn is_deleted(table: &Table, row: &[Cell]) -> bool {
    table.columns.iter().zip(row).any(|(column, cell)| {
        column.mark == Some(ColumnMark::HardDelete) && *cell == Cell::Integer(1)
    })
}

fn cells(load: &Load, batch: &RecordBatch) -> Result<Vec<CellRow>> {
    let parts = load.tables.split(batch);
    let columns = load.tables.root().columns.iter().zip(&parts[0].columns);
    let columns: Vec<_> = columns.map(|(column, array)| (column.ty, array)).collect();
    let row = |at: usize| columns.iter().map(|(ty, array)| cell(*ty, array, at)).collect();
    (0..batch.num_rows()).map(row).collect()
}

fn cell(ty: LogicalType, array: &dyn Array, at: usize) -> Result<Cell> {
    if array.is_null(at) {
        return Ok(Cell::Null);
    }
    let integer = match ty {
        LogicalType::Bool => i128::from(array.as_boolean().value(at)),
        LogicalType::Date => array.as_primitive::<Date32Type>().value(at).into(),
        LogicalType::I64 => array.as_primitive::<Int64Type>().value(at).into(),
        LogicalType::Text => return Ok(Cell::Text(array.as_string::<i32>().value(at).to_owned())),
        LogicalType::Timestamp => array.as_primitive::<TimestampMicrosecondType>().value(at).into(),
        LogicalType::U64 => array.as_primitive::<UInt64Type>().value(at).into(),
        _ => return Err(wrong(format!("{ty:?} is not kept in memory"))),
    };
    Ok(Cell::Integer(integer))
}
