//! A load that was begun, and what its transactions do.

use arrow_array::RecordBatch;
use rusqlite::Connection;
use tracing::debug;

use super::direct::{Direct, is_direct};
use super::explain::explain;
use super::lease::Lease;
use super::stage::Stage;
use super::states::{self, Owner};
use super::worker::{begin, execute_all};
use crate::destination::sql::system::states::Waiting;
use crate::destination::sql::{Space, system};
use crate::destination::{Ending, Load, Progress, Reject, States};
use crate::error::Result;
use crate::report::RowCounts;
use crate::spec::WriteDisposition;
use crate::state::State;

/// A load that was begun.
#[derive(Debug)]
pub(super) struct Running {
    load: Load,
    load_id: i64,
    way: Way,
    /// States of rows that wait.
    waiting: Waiting,
    /// What became visible so far.
    visible: RowCounts,
    _lease: Lease,
}

/// How rows get into the tables.
#[derive(Debug)]
enum Way {
    /// Straight into the table, row by row.
    Direct(Box<Direct>),
    /// Through private tables, batch by batch.
    Batches(Stage),
    /// Through private tables, all at once at the end, or when they are published.
    AtEnd(Stage),
    /// There is no table.
    Nowhere,
}

impl Running {
    /// `place`: tells its private tables from those of other loads.
    pub(super) fn new(
        space: &Space,
        load: Load,
        load_id: i64,
        place: u64,
        connection: &mut Connection,
        lease: Lease,
    ) -> Result<Self> {
        let way = Way::of(space, &load, load_id, place, connection)?;
        let (waiting, visible) = (Waiting::default(), RowCounts::default());
        Ok(Self { load, load_id, way, waiting, visible, _lease: lease })
    }

    pub(super) fn load(&self) -> &Load {
        &self.load
    }

    pub(super) fn resource(&self) -> &'static str {
        self.load.resource
    }

    pub(super) fn states(
        &self,
        connection: &Connection,
        states: States<'_>,
    ) -> Result<Vec<(String, State)>> {
        states::read(connection, Owner::of(&self.load), states)
    }

    pub(super) fn write(
        &mut self,
        connection: &mut Connection,
        space: &Space,
        batch: &RecordBatch,
        rejects: &[Reject],
        progress: &Progress,
    ) -> Result<RowCounts> {
        let Self { load, load_id, way, waiting, visible, .. } = self;
        let rejects = system::write_rejects(space, load, *load_id, rejects);
        if load.waits() {
            if let Way::AtEnd(stage) = way {
                keep(connection, stage, load, batch)?;
            }
            if !rejects.is_empty() {
                let transaction = begin(connection)?;
                execute_all(&transaction, &rejects)?;
                transaction.commit().map_err(explain)?;
            }
            waiting.add(progress);
            return Ok(RowCounts::default());
        }
        if let Way::Direct(direct) = way {
            direct.watch(connection)?;
        }
        let mut transaction = begin(connection)?;
        let counts = match way.merge(&transaction, load, batch)? {
            Some(counts) => counts,
            // another program may write meanwhile: this one waits for it as for any other
            None => {
                transaction.rollback().map_err(explain)?;
                transaction = begin(connection)?;
                way.merge_once(&transaction, load, batch)?
            }
        };
        fail_point!("sqlite.write.merged");
        let total = *visible + counts;
        execute_all(&transaction, &rejects)?;
        remember(&transaction, space, load, *load_id, waiting, progress)?;
        let log = system::write_log(space, load, *load_id, &total, progress);
        execute_all(&transaction, &[log])?;
        fail_point!("sqlite.write.before_commit");
        transaction.commit().map_err(explain)?;
        fail_point!("sqlite.write.after_commit");
        *visible = total;
        Ok(counts)
    }

    /// Makes visible what has waited so far.
    pub(super) fn publish(
        &mut self,
        connection: &mut Connection,
        space: &Space,
        progress: &Progress,
    ) -> Result<RowCounts> {
        let Self { load, load_id, way, waiting, visible, .. } = self;
        if load.waits() && load.write.disposition != WriteDisposition::Append {
            return Err(system::not_appended(load.resource));
        }
        let transaction = begin(connection)?;
        let mut counts = RowCounts::default();
        if let Way::AtEnd(stage) = way {
            counts = stage.publish(&transaction)?;
            stage.clear(&transaction)?;
            fail_point!("sqlite.publish.merged");
        }
        let total = *visible + counts;
        remember(&transaction, space, load, *load_id, waiting, progress)?;
        let log = system::write_log(space, load, *load_id, &total, progress);
        execute_all(&transaction, &[log])?;
        fail_point!("sqlite.publish.before_commit");
        transaction.commit().map_err(explain)?;
        fail_point!("sqlite.publish.after_commit");
        waiting.clear();
        *visible = total;
        Ok(counts)
    }

    /// Makes visible what has waited, removes what is missing, and ends the log.
    pub(super) fn end(
        &mut self,
        connection: &mut Connection,
        space: &Space,
        ending: &Ending,
    ) -> Result<RowCounts> {
        let Self { load, load_id, way, waiting, visible, .. } = self;
        let transaction = begin(connection)?;
        let mut counts = RowCounts::default();
        let publishes = load.publishes(ending.status);
        if let (Way::AtEnd(stage), true) = (&mut *way, publishes) {
            let empties = load.write.empties() && stage.is_empty();
            if empties && stage.table_has_rows(&transaction)? {
                let error = system::would_be_empty(load);
                let failed = ending.clone().failed(&error);
                let log = system::end_log(space, load, *load_id, visible, &failed);
                execute_all(&transaction, &[log])?;
                transaction.commit().map_err(explain)?;
                return Err(error);
            }
            counts = stage.publish(&transaction)?;
            fail_point!("sqlite.end.published");
        }
        if let (Way::AtEnd(stage) | Way::Batches(stage), true) = (&*way, ending.remove_missing) {
            counts = counts + stage.remove_missing(&transaction)?;
        }
        let total = *visible + counts;
        if publishes || !load.waits() {
            if ending.forget {
                execute_all(&transaction, &[system::forget(space, load)])?;
            }
            remember(&transaction, space, load, *load_id, waiting, &ending.progress)?;
        }
        execute_all(&transaction, &[system::end_log(space, load, *load_id, &total, ending)])?;
        fail_point!("sqlite.end.before_commit");
        transaction.commit().map_err(explain)?;
        fail_point!("sqlite.end.after_commit");
        Ok(counts)
    }

    /// Takes away what was made for the load. It is private, and ends with the connection anyway:
    /// what was committed is true even if this fails.
    pub(super) fn clear(self, connection: &mut Connection) {
        let cleared = match self.way {
            Way::Direct(direct) => direct.clear(connection),
            Way::AtEnd(stage) | Way::Batches(stage) => stage.drop(connection),
            Way::Nowhere => Ok(()),
        };
        if let Err(error) = cleared {
            debug!(target: "connector_runtime::destination", "{error}");
        }
    }
}

impl Way {
    fn of(
        space: &Space,
        load: &Load,
        load_id: i64,
        place: u64,
        connection: &mut Connection,
    ) -> Result<Self> {
        if !load.store {
            return Ok(Self::Nowhere);
        }
        if is_direct(load) {
            let direct = Direct::new(connection, space, load, load_id, place)?;
            return Ok(Self::Direct(Box::new(direct)));
        }
        let stage = Stage::new(space, load, load_id, place);
        stage.create(connection)?;
        Ok(match load.waits() {
            true => Self::AtEnd(stage),
            false => Self::Batches(stage),
        })
    }

    /// Merges a batch of a load that does not wait. `None`: it has to go through a stage; the transaction is
    /// to begin anew, for [`Self::merge_once`].
    fn merge(
        &mut self,
        connection: &Connection,
        load: &Load,
        batch: &RecordBatch,
    ) -> Result<Option<RowCounts>> {
        match self {
            // there may be rejects alone, or states
            _ if batch.num_rows() == 0 => Ok(Some(RowCounts::default())),
            Self::Direct(direct) => direct.write(connection, load, batch),
            Self::Batches(stage) => stage.merge(connection, load, batch).map(Some),
            Self::AtEnd(_) | Self::Nowhere => Ok(Some(RowCounts::default())),
        }
    }

    /// Merges a batch that has to go through a stage.
    fn merge_once(
        &mut self,
        connection: &Connection,
        load: &Load,
        batch: &RecordBatch,
    ) -> Result<RowCounts> {
        match self {
            Self::Direct(direct) => direct.write_once(connection, load, batch),
            _ => unreachable!("BUG: a stage holds no key twice"),
        }
    }
}

/// Writes what is remembered with the rows that this transaction makes visible, and takes away the
/// rejects that they are about.
fn remember(
    transaction: &Connection,
    space: &Space,
    load: &Load,
    load_id: i64,
    waiting: &Waiting,
    progress: &Progress,
) -> Result<()> {
    states::write(transaction, load, load_id, &waiting.with(&progress.states))?;
    execute_all(transaction, &system::settle_rejects(space, load, &waiting.settled_with(progress)))
}

/// Keeps a batch for the end. The stage is private: others may write meanwhile.
fn keep(
    connection: &mut Connection,
    stage: &mut Stage,
    load: &Load,
    batch: &RecordBatch,
) -> Result<()> {
    let transaction = connection.transaction().map_err(explain)?;
    stage.add(&transaction, load, batch)?;
    fail_point!("sqlite.write.before_commit");
    transaction.commit().map_err(explain)?;
    fail_point!("sqlite.write.after_commit");
    Ok(())
}
