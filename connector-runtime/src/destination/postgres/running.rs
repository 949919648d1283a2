//! A load that was begun, and what its transactions do.

use arrow_array::RecordBatch;

use super::connection::{Connection, Texts};
use super::direct::Direct;
use super::explain::{self, Failure};
use super::lease::Lease;
use super::stage::Stage;
use super::states;
use super::ways::Way;
use crate::destination::sql::keys::may_repeat;
use crate::destination::sql::system::states::Waiting;
use crate::destination::sql::{Space, system};
use crate::destination::{Ending, Load, Progress, Reject};
use crate::error::{Error, ErrorKind, Result};
use crate::report::RowCounts;
use crate::spec::WriteDisposition;

/// A batch need not be on the disk before the next one comes: the end of the load waits for all of
/// them, and a session that is new looks whether any was lost.
const NO_WAIT: &str = "SET LOCAL synchronous_commit = off";

/// A load that was begun.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) load: Load,
    pub(super) load_id: i64,
    pub(super) lease: Lease,
    pub(super) stage: Stage,
    /// What batches take that need no stage, or not for all of their rows.
    direct: Option<Direct>,
    /// The session that has the lease.
    pub(super) leased_in: u64,
    /// The session that has the stages.
    pub(super) staged_in: u64,
    /// Another run has taken the lease while the connection was lost.
    pub(super) is_usurped: bool,
    /// What the database has lost of it.
    gap: Option<Gap>,
    /// Rows of the resource that the stages were given and that were not published.
    pub(super) staged: u64,
    /// States of rows that wait.
    waiting: Waiting,
    /// What became visible so far.
    visible: RowCounts,
    /// Transactions that were committed, as the log counts them.
    pub(super) commits: u64,
}

/// A transaction of a load.
pub(super) enum Work<'a> {
    Write { batch: &'a RecordBatch, rejects: &'a [Reject], progress: &'a Progress },
    Publish(&'a Progress),
    End(&'a Ending),
}

/// What a database has lost of a load, which then cannot go on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Gap {
    /// What was kept for the end.
    Kept,
    /// The last of its transactions, which were not on the disk.
    Commits { lost: u64, of: u64 },
    /// The last transactions of another load of the run.
    Elsewhere,
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
            Gap::Elsewhere => "the server has stopped before the last commits of another resource \
                 of the run were on its disk, and what is remembered here may rest on them"
                .to_owned(),
        };
        explain::destination(text).with_help("run again: what is lost is asked for again")
    }
}

/// What a transaction does, known before it is committed.
pub(super) struct Outcome {
    pub(super) counts: RowCounts,
    /// Why nothing was done.
    pub(super) refused: Option<Error>,
    /// The way that rows are on: what goes wrong on another one than through the stages may not there.
    pub(super) way: Way,
    /// Rows are in the stages.
    pub(super) is_staged: bool,
    /// Of so many rows a look has found that they are there already.
    pub(super) looked: Option<u64>,
}

impl Default for Outcome {
    fn default() -> Self {
        Self {
            counts: RowCounts::default(),
            refused: None,
            way: Way::Stages,
            is_staged: false,
            looked: None,
        }
    }
}

impl Running {
    pub(super) fn new(
        load: &Load,
        load_id: i64,
        lease: Lease,
        (stage, direct): (Stage, Option<Direct>),
        session: u64,
    ) -> Self {
        Self {
            load: load.clone(),
            load_id,
            lease,
            stage,
            direct,
            leased_in: session,
            staged_in: session,
            is_usurped: false,
            gap: None,
            staged: 0,
            waiting: Waiting::default(),
            visible: RowCounts::default(),
            commits: 0,
        }
    }

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

    /// Whether the database has lost some of its transactions.
    pub(super) fn lacks_commits(&self) -> bool {
        matches!(self.gap, Some(Gap::Commits { .. }))
    }

    /// Another load of the run has lost some.
    pub(super) fn lose(&mut self) {
        if !self.lacks_commits() {
            self.gap = Some(Gap::Elsewhere);
        }
    }

    /// Looks whether the stages have what they were given, in a new session.
    pub(super) async fn look_for_stages(
        &mut self,
        connection: &mut Connection,
    ) -> Result<(), Failure> {
        self.stage.resume(connection).await?;
        if !self.stage.is_whole(connection, self.staged).await? {
            self.gap.get_or_insert(Gap::Kept);
        }
        Ok(())
    }

    /// Everything that a transaction does before it is committed.
    pub(super) async fn run(
        &self,
        connection: &mut Connection,
        space: &Space,
        work: &Work<'_>,
        outcome: &mut Outcome,
    ) -> Result<(), Failure> {
        match *work {
            Work::Write { batch, rejects, progress } => {
                self.write(connection, batch, outcome).await?;
                fail_point!("postgres.write.merged");
                let log = self.write_log(space, rejects, progress, outcome)?;
                connection.execute(&log).await?;
                fail_point!("postgres.write.before_commit");
            }
            Work::Publish(progress) => {
                self.publish(connection, space, progress, outcome).await?;
                fail_point!("postgres.publish.before_commit");
            }
            Work::End(ending) => {
                self.end(connection, space, ending, outcome).await?;
                self.stage.drop(connection).await?;
                fail_point!("postgres.end.before_commit");
            }
        }
        Ok(())
    }

    /// A transaction was committed, and has done this.
    pub(super) fn committed(&mut self, work: &Work<'_>, outcome: &Outcome) {
        let Outcome { counts, looked, .. } = *outcome;
        self.commits += 1;
        self.visible = self.visible + counts;
        match work {
            Work::Write { batch, progress, .. } => {
                self.staged += batch.num_rows() as u64;
                if self.load.waits() {
                    self.waiting.add(progress);
                }
                if let Some(direct) = self.direct.as_mut().filter(|_| batch.num_rows() > 0) {
                    direct.ways.committed(batch.num_rows() as u64, counts, looked);
                }
            }
            Work::Publish(_) => {
                self.staged = 0;
                self.waiting.clear();
            }
            Work::End(_) => {}
        }
    }

    /// A batch was refused on this way, and goes another one.
    pub(super) fn refused(&mut self, way: Way) {
        if let Some(direct) = &mut self.direct {
            direct.ways.refused(way);
        }
    }

    /// Rows into their tables, or into their stages where the load waits.
    async fn write(
        &self,
        connection: &mut Connection,
        batch: &RecordBatch,
        outcome: &mut Outcome,
    ) -> Result<(), Failure> {
        if let Some(gap) = self.gap {
            return Err(Error::from(gap).into());
        }
        // there may be rejects alone, or states
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let parts = self.load.tables.split(batch);
        if self.load.waits() {
            let first = self.staged as i64;
            return self.stage.add(connection, &self.load, &parts, first).await;
        }
        let repeats = may_repeat(&parts[0], self.load.tables.root());
        let direct = self.direct.as_ref().filter(|_| !repeats);
        let rest = match direct {
            Some(direct) => direct.write(connection, &self.load, (batch, parts), outcome).await?,
            None => Some(parts),
        };
        if let Some(parts) = rest {
            let rows = parts[0].rows.len() as u64;
            outcome.is_staged = true;
            self.stage.add(connection, &self.load, &parts, 0).await?;
            let counts = self.stage.publish(connection, rows, repeats).await?;
            outcome.counts = outcome.counts + counts;
        }
        Ok(())
    }

    /// What is said of a batch, in its transaction.
    fn write_log(
        &self,
        space: &Space,
        rejects: &[Reject],
        progress: &Progress,
        outcome: &Outcome,
    ) -> Result<Vec<String>> {
        let Self { load, load_id, visible, .. } = self;
        let mut log = system::write_rejects(space, load, *load_id, rejects);
        if !load.waits() {
            log.extend(self.remember(space, progress)?);
            // to empty them makes the server plan anew what is asked of them with each batch
            log.extend(self.stage.empty.clone().filter(|_| outcome.is_staged));
            log.push(NO_WAIT.to_owned());
        }
        let counts = *visible + outcome.counts;
        log.push(system::write_log(space, load, *load_id, &counts, progress));
        Ok(log)
    }

    /// What is remembered with the rows that this transaction makes visible; and the rejects go that
    /// they are about.
    fn remember(&self, space: &Space, progress: &Progress) -> Result<Vec<String>> {
        let Self { load, load_id, waiting, .. } = self;
        let states = waiting.with(&progress.states);
        let mut statements = states::write(space, load, *load_id, &states)?;
        let settled = waiting.settled_with(progress);
        statements.extend(system::settle_rejects(space, load, &settled));
        Ok(statements)
    }

    /// Makes visible what has waited so far.
    async fn publish(
        &self,
        connection: &mut Connection,
        space: &Space,
        progress: &Progress,
        outcome: &mut Outcome,
    ) -> Result<(), Failure> {
        let Self { load, load_id, stage, .. } = self;
        if load.waits() && load.write.disposition != WriteDisposition::Append {
            return Err(system::not_appended(load.resource).into());
        }
        if let Some(gap) = self.gap {
            return Err(Error::from(gap).into());
        }
        if load.waits() && self.staged > 0 {
            outcome.counts = stage.publish(connection, self.staged, true).await?;
        }
        fail_point!("postgres.publish.merged");
        let mut log = self.remember(space, progress)?;
        log.extend(stage.empty.clone());
        let visible = self.visible + outcome.counts;
        log.push(system::write_log(space, load, *load_id, &visible, progress));
        connection.execute(&log).await.map(drop)
    }

    async fn end(
        &self,
        connection: &mut Connection,
        space: &Space,
        ending: &Ending,
        outcome: &mut Outcome,
    ) -> Result<(), Failure> {
        let Self { load, load_id, stage, .. } = self;
        let publishes = load.publishes(ending.status);
        let merges = load.waits() && publishes;
        if let Some(error) = self.refusal(connection, publishes, ending.remove_missing).await? {
            let failed = ending.clone().failed(&error);
            outcome.refused = Some(error);
            let log = system::end_log(space, load, *load_id, &self.visible, &failed);
            return connection.execute(&[log]).await.map(drop);
        }
        if merges && load.store {
            outcome.counts = stage.publish(connection, self.staged, true).await?;
            fail_point!("postgres.end.published");
        }
        if ending.remove_missing {
            outcome.counts = outcome.counts + stage.remove_missing(connection).await?;
        }
        let mut log = Vec::new();
        if self.has_states(publishes) {
            log.extend(ending.forget.then(|| system::forget(space, load)));
            log.extend(self.remember(space, &ending.progress)?);
        }
        let visible = self.visible + outcome.counts;
        log.push(system::end_log(space, load, *load_id, &visible, ending));
        connection.execute(&log).await.map(drop)
    }

    /// Whether the states of the end are those of rows that are there.
    fn has_states(&self, publishes: bool) -> bool {
        let are_lost = matches!(self.gap, Some(Gap::Commits { .. } | Gap::Elsewhere));
        publishes || !(self.load.waits() || are_lost)
    }

    /// Why a load cannot be ended as it was meant to be.
    async fn refusal(
        &self,
        connection: &mut Connection,
        publishes: bool,
        removes: bool,
    ) -> Result<Option<Error>, Failure> {
        let merges = self.load.waits() && publishes;
        let is_needed = match self.gap {
            Some(Gap::Kept) => merges || removes,
            // the state of the end would pass over the rows that are lost
            Some(Gap::Commits { .. } | Gap::Elsewhere) => publishes || removes,
            None => false,
        };
        if is_needed {
            return Ok(self.gap.map(Error::from));
        }
        let empties = merges && self.load.write.empties() && self.staged == 0;
        let is_refused =
            empties && self.load.store && self.stage.table_has_rows(connection).await?;
        Ok(is_refused.then(|| system::would_be_empty(&self.load)))
    }
}
