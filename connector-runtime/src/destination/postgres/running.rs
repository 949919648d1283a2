//! A load that was begun, and what its transactions do.

use arrow_array::RecordBatch;

use super::connection::{Connection, Texts};
use super::explain::{self, Failure};
use super::lease::Key;
use super::stage::Stage;
use crate::destination::sql::{Space, system};
use crate::destination::{Ending, Load, Progress, Reject};
use crate::error::{Error, ErrorKind, Result};
use crate::report::RowCounts;
use crate::spec::WriteDisposition;

/// The load that was begun.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) load: Load,
    pub(super) load_id: i64,
    pub(super) waits: bool,
    pub(super) lease: Key,
    pub(super) stage: Stage,
    /// The session has the lease.
    pub(super) is_leased: bool,
    /// The session has the stages.
    pub(super) is_staged: bool,
    /// What the database has lost of it.
    pub(super) gap: Option<Gap>,
    /// Rows of the resource that the stages were given.
    pub(super) staged: u64,
    /// What became visible so far.
    pub(super) visible: RowCounts,
    /// Transactions that were committed, as the log counts them.
    pub(super) commits: u64,
}

/// What a database has lost of a load, which then cannot go on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Gap {
    /// What was kept for the end.
    Kept,
    /// The last of its transactions, which were not on the disk.
    Commits { lost: u64, of: u64 },
}

impl From<Gap> for Error {
    fn from(gap: Gap) -> Self {
        let text = match gap {
            Gap::Kept => {
                "the connection was lost, and with it what was kept for the end of the load"
                    .to_owned()
            }
            Gap::Commits { lost, of } => format!(
                "the server has stopped before the last commits of the load were on its disk: \
                 {lost} of {of} are lost, rows and state alike"
            ),
        };
        explain::destination(text).with_help("run again: what is lost is asked for again")
    }
}

/// What a transaction does, known before it is committed.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) counts: RowCounts,
    /// Why nothing was done.
    pub(super) refused: Option<Error>,
}

impl Running {
    /// Compares what was committed with what the log of a new session says.
    pub(super) fn compare(&mut self, log: Texts) -> Result<()> {
        let number = |text: Option<String>| text.and_then(|text| text.parse().ok());
        let numbers: Option<Vec<u64>> = log.into_iter().map(number).collect();
        let Some(&[commits, inserted, updated, unchanged, deleted, removed]) = numbers.as_deref()
        else {
            return Err(Error::new(ErrorKind::Internal, "BUG: the log of loads has other columns"));
        };
        if commits < self.commits {
            self.gap = Some(Gap::Commits { lost: self.commits - commits, of: self.commits });
            self.commits = commits;
            self.visible = RowCounts {
                inserted,
                updated,
                unchanged,
                deleted,
                removed,
                ..RowCounts::default()
            };
        }
        Ok(())
    }

    /// Rows into their stages, and out of them where the load does not wait.
    pub(super) async fn write(
        &self,
        connection: &mut Connection,
        batch: &RecordBatch,
        outcome: &mut Outcome,
    ) -> Result<(), Failure> {
        if let Some(gap) = self.gap {
            return Err(Error::from(gap).into());
        }
        // a batch that is merged at once begins from 0
        let first = if self.waits { self.staged as i64 } else { 0 };
        let repeats = self.stage.add(connection, &self.load, batch, first).await?;
        if !self.waits {
            let rows = batch.num_rows() as u64;
            outcome.counts = self.stage.publish(connection, rows, repeats).await?;
        }
        Ok(())
    }

    /// What is said of a batch, in its transaction.
    pub(super) fn write_log(
        &self,
        space: &Space,
        rejects: &[Reject],
        progress: &Progress,
        counts: RowCounts,
    ) -> Result<Vec<String>> {
        let Self { load, load_id, visible, .. } = self;
        let mut log = system::write_rejects(space, load, *load_id, rejects);
        if !self.waits {
            log.extend(system::write_states(space, load, *load_id, &progress.states)?);
        }
        log.push(system::write_log(space, load, *load_id, &(*visible + counts), progress));
        Ok(log)
    }

    pub(super) async fn end(
        &self,
        connection: &mut Connection,
        space: &Space,
        ending: &Ending,
        outcome: &mut Outcome,
    ) -> Result<(), Failure> {
        let Self { load, load_id, stage, .. } = self;
        let publishes = load.publishes(ending.status);
        let merges = self.waits && publishes;
        if let Some(error) = self.refusal(connection, publishes, ending.remove_missing).await? {
            let failed = ending.clone().failed(&error);
            outcome.refused = Some(error);
            let log = system::end_log(space, load, *load_id, &self.visible, &failed);
            return connection.execute(&[log]).await.map(drop);
        }
        if merges {
            outcome.counts = stage.publish(connection, self.staged, true).await?;
            fail_point!("postgres.end.published");
        }
        if ending.remove_missing {
            outcome.counts = outcome.counts + stage.remove_missing(connection).await?;
        }
        // a merge that failed has recorded its state with the last rows that it wrote
        if publishes {
            let states = system::write_states(space, load, *load_id, &ending.progress.states)?;
            connection.execute(&states).await?;
        }
        let visible = self.visible + outcome.counts;
        let log = system::end_log(space, load, *load_id, &visible, ending);
        connection.execute(&[log]).await.map(drop)
    }

    /// Why a load cannot be ended as it was meant to be.
    async fn refusal(
        &self,
        connection: &mut Connection,
        publishes: bool,
        removes: bool,
    ) -> Result<Option<Error>, Failure> {
        let merges = self.waits && publishes;
        let is_needed = match self.gap {
            Some(Gap::Kept) => merges || removes,
            // the state of the end would pass over the rows that are lost
            Some(Gap::Commits { .. }) => publishes || removes,
            None => false,
        };
        if is_needed {
            return Ok(self.gap.map(Error::from));
        }
        let replaces = self.load.write.disposition == WriteDisposition::Replace;
        let empties = merges && replaces && self.staged == 0 && !self.load.write.allow_empty;
        let is_refused = empties && self.stage.table_has_rows(connection).await?;
        Ok(is_refused.then(|| system::would_be_empty(&self.load)))
    }
}
