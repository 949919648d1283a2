//! What happens on the connection: a run's tables and its loads, each transaction repeated where that
//! is right.

use std::collections::HashMap;

use arrow_array::RecordBatch;

use super::catalog;
use super::connection::{Connection, Texts};
use super::direct::Direct;
use super::explain::{self, Failure};
use super::lease::{self, Lease};
use super::running::{Outcome, Running, Work};
use super::settings::Settings;
use super::stage::{self, Site, Stage};
use super::states;
use super::ways::Way;
use crate::destination::sql::{self, Space, ddl, system};
use crate::destination::{Begun, Ending, Load, Opened, Progress, Reject, States};
use crate::error::{Error, ErrorKind, Result};
use crate::report::RowCounts;
use crate::state::State;

/// How often a transaction is begun that others are in the way of, or that a lost connection ends.
const TRIES: u32 = 5;
/// How often a lease is asked for that the session before may still have.
const LEASE_TRIES: u32 = 100;

/// The connection of a run, and its loads.
#[derive(Debug)]
pub(super) struct Writer {
    connection: Connection,
    space: Space,
    /// The loads that are under way, by their resources.
    loads: HashMap<&'static str, Running>,
    /// How many have begun.
    begun: u64,
}

impl Writer {
    pub(super) fn new(settings: Settings, application: &'static str, space: Space) -> Self {
        let connection = Connection::new(settings, application, space.schema.clone());
        Self { connection, space, loads: HashMap::new(), begun: 0 }
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
        lease::make_tables(connection, space).await?;
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
        for load in loads.iter().filter(|load| load.store) {
            let migration = catalog::compare(connection, true, space, load).await?;
            connection.execute(&migration.statements).await?;
            changes.extend(migration.changes);
        }
        let load_id = next_load_id(connection, space).await?;
        fail_point!("postgres.open.before_commit");
        connection.commit().await?;
        fail_point!("postgres.open.after_commit");
        Ok(Opened::new(load_id, changes))
    }

    /// Takes the lease of a load and begins it.
    pub(super) async fn begin(&mut self, load: &Load, load_id: i64) -> Result<Begun> {
        if self.loads.contains_key(load.resource) {
            return Err(system::begun_twice(load.resource));
        }
        let lease = Lease::of(&self.space, load);
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
        lease: Lease,
    ) -> Result<Begun, Failure> {
        let session = self.session().await?;
        let Self { connection, space, .. } = self;
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
        self.begun += 1;
        let emptied = |running: &Running| running.stage.is_emptied_by_commits;
        let site = Site {
            number: self.begun,
            lease,
            outlives,
            may_be_emptied_by_commits: !self.loads.values().any(emptied),
        };
        let stage = Stage::new(space, load, load_id, site);
        stage.create(connection).await?;
        let direct = Direct::of(connection, space, load, load_id, &stage.tables).await?;
        connection.execute(&system::start_log(space, load, load_id)).await?;
        fail_point!("postgres.begin.before_commit");
        connection.commit().await?;
        fail_point!("postgres.begin.after_commit");
        let running = Running::new(load, load_id, lease, (stage, direct), session);
        self.loads.insert(load.resource, running);
        Ok(Begun::Ready { load_id })
    }

    /// The states of a load, as they were committed.
    pub(super) async fn states(
        &mut self,
        resource: &str,
        states: States<'_>,
    ) -> Result<Vec<(String, State)>> {
        let queries = states::read(&self.space, &self.load(resource)?.load, states);
        let mut found = Vec::new();
        for query in queries {
            found.extend(self.read(resource, &query).await?);
        }
        states::found(&self.load(resource)?.load, states, found)
    }

    /// The rows of a query, under the lease of a load.
    async fn read(&mut self, resource: &str, query: &str) -> Result<Vec<Texts>> {
        let mut tries = 0;
        loop {
            match self.try_read(resource, query).await {
                Ok(rows) => return Ok(rows),
                Err(failure) => self.again(failure, &mut tries).await?,
            }
        }
    }

    async fn try_read(&mut self, resource: &str, query: &str) -> Result<Vec<Texts>, Failure> {
        self.leased(resource).await?;
        self.connection.rollback().await;
        self.connection.query(query).await
    }

    /// Takes a batch, and rows that do not fit.
    pub(super) async fn write(
        &mut self,
        resource: &str,
        batch: &RecordBatch,
        rejects: &[Reject],
        progress: &Progress,
    ) -> Result<RowCounts> {
        let work = Work::Write { batch, rejects, progress };
        Ok(self.work(resource, &work).await?.counts)
    }

    /// Makes visible what has waited so far.
    pub(super) async fn publish(
        &mut self,
        resource: &str,
        progress: &Progress,
    ) -> Result<RowCounts> {
        Ok(self.work(resource, &Work::Publish(progress)).await?.counts)
    }

    /// Ends the load and gives its lease back.
    pub(super) async fn end(&mut self, resource: &str, ending: &Ending) -> Result<RowCounts> {
        let outcome = self.work(resource, &Work::End(ending)).await;
        if let Some(running) = self.loads.remove(resource) {
            running.lease.release(&mut self.connection).await;
        }
        match outcome? {
            Outcome { refused: Some(error), .. } => Err(error),
            Outcome { counts, .. } => Ok(counts),
        }
    }

    fn load(&self, resource: &str) -> Result<&Running> {
        self.loads.get(resource).ok_or_else(|| system::not_begun(resource))
    }

    /// Commits a transaction of a load, exactly once.
    async fn work(&mut self, resource: &str, work: &Work<'_>) -> Result<Outcome> {
        let mut tries = 0;
        loop {
            let mut outcome = Outcome::default();
            let failure = match self.try_work(resource, work, &mut outcome).await {
                Ok(()) => return self.committed(resource, work, outcome),
                Err(Failure::Conflict(_) | Failure::Final(_)) if outcome.way != Way::Stages => {
                    self.connection.rollback().await;
                    let running = self.loads.get_mut(resource);
                    running.ok_or_else(|| system::not_begun(resource))?.refused(outcome.way);
                    continue;
                }
                Err(Failure::Unanswered(error)) => match self.was_committed(resource).await {
                    Ok(true) => return self.committed(resource, work, outcome),
                    Ok(false) => Failure::Lost(error),
                    Err(_) => Failure::Final(explain::unanswered(&error)),
                },
                Err(failure) => failure,
            };
            self.connection.rollback().await;
            self.again(failure, &mut tries).await?;
        }
    }

    fn committed(&mut self, resource: &str, work: &Work<'_>, outcome: Outcome) -> Result<Outcome> {
        let running = self.loads.get_mut(resource).ok_or_else(|| system::not_begun(resource))?;
        running.committed(work, &outcome);
        Ok(outcome)
    }

    async fn try_work(
        &mut self,
        resource: &str,
        work: &Work<'_>,
        outcome: &mut Outcome,
    ) -> Result<(), Failure> {
        self.ready(resource).await?;
        let Self { connection, space, loads, .. } = self;
        let running = loads.get(resource).ok_or_else(|| system::not_begun(resource))?;
        connection.begin().await?;
        running.run(connection, space, work, outcome).await?;
        connection.commit().await?;
        match work {
            Work::Write { .. } => {
                fail_point!("postgres.write.after_commit");
            }
            Work::Publish(_) => {
                fail_point!("postgres.publish.after_commit");
            }
            Work::End(_) => {
                fail_point!("postgres.end.after_commit");
            }
        }
        Ok(())
    }

    /// A session that has the lease of the load and its stages.
    async fn ready(&mut self, resource: &str) -> Result<(), Failure> {
        let session = self.leased(resource).await?;
        let Self { connection, loads, .. } = self;
        let running = loads.get_mut(resource).ok_or_else(|| system::not_begun(resource))?;
        if running.staged_in == session {
            return Ok(());
        }
        running.look_for_stages(connection).await?;
        running.staged_in = session;
        Ok(())
    }

    /// A session that has the lease of the load.
    async fn leased(&mut self, resource: &str) -> Result<u64, Failure> {
        let session = self.session().await?;
        if !self.load(resource)?.is_usurped {
            return Ok(session);
        }
        let text = "another run has begun with the resource while the connection was lost";
        Err(explain::destination(text).with_help("run again when it has finished").into())
    }

    /// A session that has the leases of all loads, but those which another run has taken meanwhile.
    /// Whatever the session before was at, it has come to its end, and what it has lost is known.
    async fn session(&mut self) -> Result<u64, Failure> {
        let Self { connection, space, loads, .. } = self;
        let session = connection.ready().await?;
        if loads.values().all(|running| running.is_usurped || running.leased_in == session) {
            return Ok(session);
        }
        for running in loads.values_mut().filter(|running| !running.is_usurped) {
            let Running { load, load_id, lease, .. } = running;
            let is_ours = take_again(connection, *lease).await?;
            let log = connection.query(&system::read_running(space, load, *load_id)).await?.pop();
            match log.filter(|_| is_ours) {
                Some(log) => running.compare(log)?,
                None => running.is_usurped = true,
            }
        }
        // what one load remembers may rest on rows of another
        if loads.values().any(Running::lacks_commits) {
            loads.values_mut().for_each(Running::lose);
        }
        loads.values_mut().for_each(|running| running.leased_in = session);
        Ok(session)
    }

    /// Whether a transaction was committed whose end nobody has told.
    async fn was_committed(&mut self, resource: &str) -> Result<bool> {
        let mut tries = 0;
        loop {
            match self.look(resource).await {
                Ok(committed) => return Ok(committed),
                Err(failure) => self.again(failure, &mut tries).await?,
            }
        }
    }

    async fn look(&mut self, resource: &str) -> Result<bool, Failure> {
        self.leased(resource).await?;
        let Self { connection, space, loads, .. } = self;
        let running = loads.get(resource).ok_or_else(|| system::not_begun(resource))?;
        let Running { load, load_id, commits, .. } = running;
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

/// Takes a lease that the session before has had.
async fn take_again(connection: &mut Connection, lease: Lease) -> Result<bool, Failure> {
    for _ in 0..LEASE_TRIES {
        if lease.take(connection).await? {
            return Ok(true);
        }
        connection.end_former().await?;
        connection.pause().await;
    }
    Ok(false)
}
