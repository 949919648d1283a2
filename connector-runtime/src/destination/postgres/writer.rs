//! What happens on the connection: a run's tables, and one load after the other, each transaction
//! repeated where that is right.

use arrow_array::RecordBatch;

use super::catalog;
use super::connection::Connection;
use super::explain::{self, Failure};
use super::lease::Key;
use super::running::{Gap, Outcome, Running};
use super::settings::Settings;
use super::stage::{self, Stage};
use crate::destination::sql::{self, Space, compare, ddl, system};
use crate::destination::{Begun, Ending, Load, Opened, Progress, Reject};
use crate::error::{Error, ErrorKind, Result};
use crate::report::RowCounts;
use crate::state::State;

/// How often a transaction is begun that others are in the way of, or that a lost connection ends.
const TRIES: u32 = 5;
/// How often a lease is asked for that the session before may still have.
const LEASE_TRIES: u32 = 100;

/// The connection of a run, and its load.
#[derive(Debug)]
pub(super) struct Writer {
    connection: Connection,
    space: Space,
    load: Option<Running>,
}

/// A transaction of a load.
enum Work<'a> {
    Write { batch: &'a RecordBatch, rejects: &'a [Reject], progress: &'a Progress },
    End(&'a Ending),
}

impl Writer {
    pub(super) fn new(settings: Settings, application: &'static str, space: Space) -> Self {
        let connection = Connection::new(settings, application, space.schema.clone());
        Self { connection, space, load: None }
    }

    /// Makes the tables that are missing and refuses those that do not fit.
    pub(super) async fn open(&mut self, loads: &[Load]) -> Result<Opened> {
        sql::check_names(&self.space, loads)?;
        let mut tries = 0;
        loop {
            let failure = match self.prepare(loads).await {
                Ok(opened) => return Ok(opened),
                // a second time there is nothing left to do
                Err(Failure::Unanswered(error)) => Failure::Lost(error),
                Err(failure) => failure,
            };
            self.connection.rollback().await;
            self.again(failure, &mut tries).await?;
        }
    }

    async fn prepare(&mut self, loads: &[Load]) -> Result<Opened, Failure> {
        let Self { connection, space, .. } = self;
        connection.ready().await?;
        connection.begin().await?;
        // two that make the same table at once would be in each other's way
        Key::of_schema(space).wait(connection).await?;
        if !catalog::has_schema(connection, space).await? {
            connection.execute(&[ddl::create_schema(space)]).await?;
        }
        let version = match catalog::has_table(connection, space, "_connector_version").await? {
            true => connection.value(&system::read_version(space)).await?,
            false => None,
        };
        let version = version.and_then(|version| version.parse().ok());
        connection.execute(&system::migrate(space, version)?).await?;
        let mut changes = Vec::new();
        for load in loads {
            if let Some(other) = connection.value(&system::other_connector(space, load)).await? {
                return Err(system::foreign(load, &other).into());
            }
            let tables: Vec<_> = load.tables.iter().collect();
            let there = catalog::tables(connection, space, &tables).await?;
            for table in tables {
                let existing = there.get(&space.bare(&table.name));
                let migration = compare::compare(space, table, &load.write, existing)?;
                connection.execute(&migration.statements).await?;
                changes.extend(migration.changes);
            }
        }
        let load_id = next_load_id(connection, space).await?;
        fail_point!("postgres.open.before_commit");
        connection.commit().await?;
        fail_point!("postgres.open.after_commit");
        Ok(Opened::new(load_id, changes))
    }

    /// Takes the lease of a load and begins it.
    pub(super) async fn begin(&mut self, load: &Load, load_id: i64) -> Result<Begun> {
        let lease = Key::of_load(&self.space, load);
        // from this number on, a load of the resource is another run's
        let (mut load_id, mut others) = (load_id, load_id);
        let mut tries = 0;
        loop {
            let failure = match self.try_begin(load, &mut load_id, others, lease).await {
                Ok(begun) => return Ok(begun),
                // begun once more, it is begun
                Err(Failure::Unanswered(error)) => {
                    others = load_id + 1;
                    Failure::Lost(error)
                }
                Err(failure) => failure,
            };
            self.connection.rollback().await;
            lease.release(&mut self.connection).await;
            self.again(failure, &mut tries).await?;
        }
    }

    async fn try_begin(
        &mut self,
        load: &Load,
        load_id: &mut i64,
        others: i64,
        lease: Key,
    ) -> Result<Begun, Failure> {
        let Self { connection, space, .. } = self;
        connection.ready().await?;
        if !lease.take(connection).await? {
            connection.end_former().await?;
            let since = connection.value(&system::running_since(space, load)).await?;
            return Ok(Begun::Busy(system::busy(load, since.as_deref())));
        }
        connection.begin().await?;
        if connection.value(&system::is_overtaken(space, load, others)).await?.is_some() {
            *load_id = next_load_id(connection, space).await?;
        }
        let load_id = *load_id;
        stage::sweep(connection, space, lease).await?;
        let outlives = catalog::may_create(connection, space).await?;
        let stage = Stage::new(space, load, load_id, lease, outlives);
        stage.create(connection).await?;
        connection.execute(&system::start_log(space, load, load_id)).await?;
        fail_point!("postgres.begin.before_commit");
        connection.commit().await?;
        fail_point!("postgres.begin.after_commit");
        self.load = Some(Running {
            load: load.clone(),
            load_id,
            waits: load.write.waits(load.tables.root()),
            lease,
            stage,
            is_leased: true,
            is_staged: true,
            gap: None,
            staged: 0,
            visible: RowCounts::default(),
            commits: 0,
        });
        Ok(Begun::Ready { load_id })
    }

    /// The state of the resource as a whole.
    pub(super) async fn states(&mut self, load: &Load) -> Result<Vec<(String, State)>> {
        let state = self.connection.value(&system::read_state(&self.space, load)).await;
        let state = state.map_err(Error::from)?;
        let state = state.map(|json| system::parse_state(load, &json)).transpose()?;
        Ok(state.into_iter().map(|state| (String::new(), state)).collect())
    }

    /// Takes a batch, and rows that do not fit.
    pub(super) async fn write(
        &mut self,
        batch: &RecordBatch,
        rejects: &[Reject],
        progress: &Progress,
    ) -> Result<RowCounts> {
        let outcome = self.work(&Work::Write { batch, rejects, progress }).await?;
        let running = self.load.as_mut().ok_or_else(not_begun)?;
        running.staged += batch.num_rows() as u64;
        Ok(outcome.counts)
    }

    /// Ends the load and gives its lease back.
    pub(super) async fn end(&mut self, ending: &Ending) -> Result<RowCounts> {
        let outcome = self.work(&Work::End(ending)).await;
        if let Some(running) = self.load.take() {
            running.lease.release(&mut self.connection).await;
        }
        match outcome? {
            Outcome { refused: Some(error), .. } => Err(error),
            Outcome { counts, .. } => Ok(counts),
        }
    }

    /// Commits a transaction of the load, exactly once.
    async fn work(&mut self, work: &Work<'_>) -> Result<Outcome> {
        let mut tries = 0;
        loop {
            let mut outcome = Outcome::default();
            let failure = match self.try_work(work, &mut outcome).await {
                Ok(()) => return self.committed(outcome),
                Err(Failure::Unanswered(error)) => match self.was_committed().await {
                    Ok(true) => return self.committed(outcome),
                    Ok(false) => Failure::Lost(error),
                    Err(_) => Failure::Final(explain::unanswered(&error)),
                },
                Err(failure) => failure,
            };
            self.connection.rollback().await;
            self.again(failure, &mut tries).await?;
        }
    }

    fn committed(&mut self, outcome: Outcome) -> Result<Outcome> {
        let running = self.load.as_mut().ok_or_else(not_begun)?;
        running.commits += 1;
        running.visible = running.visible + outcome.counts;
        Ok(outcome)
    }

    async fn try_work(&mut self, work: &Work<'_>, outcome: &mut Outcome) -> Result<(), Failure> {
        self.ready().await?;
        let Self { connection, space, load } = self;
        let running = load.as_mut().ok_or_else(not_begun)?;
        connection.begin().await?;
        match *work {
            Work::Write { batch, rejects, progress } => {
                running.write(connection, batch, outcome).await?;
                fail_point!("postgres.write.merged");
                let log = running.write_log(space, rejects, progress, outcome.counts)?;
                connection.execute(&log).await?;
                fail_point!("postgres.write.before_commit");
                connection.commit().await?;
                fail_point!("postgres.write.after_commit");
            }
            Work::End(ending) => {
                running.end(connection, space, ending, outcome).await?;
                running.stage.drop(connection).await?;
                fail_point!("postgres.end.before_commit");
                connection.commit().await?;
                fail_point!("postgres.end.after_commit");
            }
        }
        Ok(())
    }

    /// A session that has the lease of the load and its stages.
    async fn ready(&mut self) -> Result<(), Failure> {
        self.session().await?;
        let Self { connection, space, load } = self;
        let running = load.as_mut().ok_or_else(not_begun)?;
        if running.is_staged {
            return Ok(());
        }
        let Running { load, load_id, .. } = running;
        let Some(log) = connection.query(&system::read_running(space, load, *load_id)).await?.pop()
        else {
            let text = "another run has loaded the resource while the connection was lost";
            return Err(explain::destination(text).with_help("run again").into());
        };
        running.compare(log)?;
        running.stage.resume(connection).await?;
        if !running.stage.is_whole(connection, running.staged).await? {
            running.gap.get_or_insert(Gap::Kept);
        }
        running.is_staged = true;
        Ok(())
    }

    /// A session that has the lease of the load. Whatever the one before was at, it has come to its
    /// end.
    async fn session(&mut self) -> Result<(), Failure> {
        let Self { connection, load, .. } = self;
        let running = load.as_mut().ok_or_else(not_begun)?;
        if connection.ready().await? {
            (running.is_leased, running.is_staged) = (false, false);
        }
        if running.is_leased {
            return Ok(());
        }
        for _ in 0..LEASE_TRIES {
            if running.lease.take(connection).await? {
                running.is_leased = true;
                return Ok(());
            }
            connection.end_former().await?;
            connection.pause().await;
        }
        let text = "another run has begun with the resource while the connection was lost";
        Err(explain::destination(text).with_help("run again when it has finished").into())
    }

    /// Whether a transaction was committed whose end nobody has told.
    async fn was_committed(&mut self) -> Result<bool> {
        let mut tries = 0;
        loop {
            match self.look().await {
                Ok(committed) => return Ok(committed),
                Err(failure) => self.again(failure, &mut tries).await?,
            }
        }
    }

    async fn look(&mut self) -> Result<bool, Failure> {
        self.session().await?;
        let Self { connection, space, load } = self;
        let Running { load, load_id, commits, .. } = load.as_ref().ok_or_else(not_begun)?;
        let found = connection.value(&system::read_commits(space, load, *load_id)).await?;
        // with fewer, earlier ones are lost, too: the next try finds that
        Ok(found.is_some_and(|found| found == (commits + 1).to_string()))
    }

    /// Whether there is to be another try; if not, why.
    async fn again(&mut self, failure: Failure, tries: &mut u32) -> Result<()> {
        *tries += 1;
        match failure {
            Failure::Conflict(_) | Failure::Lost(_) if *tries < TRIES => {
                self.connection.pause().await;
                Ok(())
            }
            failure => Err(failure.into()),
        }
    }
}

async fn next_load_id(connection: &mut Connection, space: &Space) -> Result<i64, Failure> {
    let load_id = connection.value(&system::next_load_id(space)).await?;
    load_id.and_then(|id| id.parse().ok()).ok_or_else(|| {
        let text = "BUG: the database gave no number to the load";
        Failure::Final(Error::new(ErrorKind::Internal, text))
    })
}

fn not_begun() -> Error {
    Error::new(ErrorKind::Internal, "BUG: no load was begun")
}
