//! A destination that is called step by step, as a run calls it: for what an engine does when it
//! pleases, or to several loads at once.

use std::collections::HashMap;

use arrow_array::RecordBatch;

use crate::connector::Connector;
use crate::destination::{
    Begun, Destination, Ending, Load, PartitionState, Progress, Reject, RejectId, States, Write,
};
use crate::error::Result;
use crate::report::{RowCounts, Status, Traffic};
use crate::schema::{Tables, arrow_schema};
use crate::spec::{MergeStrategy, ResourceSpec, WriteDisposition};
use crate::state::{STATE_VERSION, State};
use crate::value::{Resource, RowBuilder};

/// An open destination and its loads.
pub struct Direct {
    destination: Box<dyn Destination>,
    loads: Vec<Load>,
    load_id: i64,
    /// Rows of each resource that came.
    received: HashMap<&'static str, u64>,
}

/// The loads of a connector's resources, as their structs say.
pub fn loads<C: Connector>() -> Vec<Load> {
    let load = |spec: &&'static ResourceSpec| {
        let tables = Tables::of(spec);
        let disposition = match tables.root().key().next() {
            Some(_) => WriteDisposition::Merge,
            None => WriteDisposition::Append,
        };
        let write = Write {
            strategy: spec.strategy.unwrap_or(MergeStrategy::Upsert),
            delete_missing: spec.delete_missing,
            allow_empty: spec.allow_empty,
            schema_contract: spec.schema_contract.unwrap_or_default(),
            ..Write::new(spec.write_disposition.unwrap_or(disposition))
        };
        let load = Load::new(C::SPEC.name, spec.name, tables, write);
        Load { store: spec.store, ..load }
    };
    C::SPEC.resources.iter().map(load).collect()
}

/// A state that says how many rows it is of.
pub fn state(rows: u64) -> Option<State> {
    Some(State { version: STATE_VERSION, rows, ..State::default() })
}

/// What a step gives that is expected to work.
pub trait Worked<T> {
    /// What it gives.
    ///
    /// # Panics
    ///
    /// When it did not work.
    fn worked(self) -> T;
}

impl<T> Worked<T> for Result<T> {
    #[track_caller]
    fn worked(self) -> T {
        self.unwrap_or_else(|error| panic!("{error}"))
    }
}

/// No states.
pub const NONE: [(&str, Option<State>); 0] = [];

impl Direct {
    /// Opens the destination.
    ///
    /// # Errors
    ///
    /// As [`Destination::open`].
    pub async fn open(mut destination: Box<dyn Destination>, loads: Vec<Load>) -> Result<Self> {
        let load_id = destination.open(&loads).await?.load_id;
        Ok(Self { destination, loads, load_id, received: HashMap::new() })
    }

    /// The destination.
    pub fn destination(&mut self) -> &mut dyn Destination {
        &mut *self.destination
    }

    /// Rows of a resource are those of an earlier load from now on.
    pub fn replays(&mut self, resource: &str, of: i64) {
        let load = self.loads.iter_mut().find(|load| load.resource == resource);
        let load = load.unwrap_or_else(|| panic!("BUG: no resource is called `{resource}`"));
        load.replays = Some(of);
    }

    /// Writes rows of a load that see to these rejects.
    ///
    /// # Errors
    ///
    /// As [`Destination::write`].
    pub async fn settle<R: Resource>(
        &mut self,
        rows: &[R],
        settled: Vec<RejectId>,
    ) -> Result<RowCounts> {
        let load = load(&self.loads, R::SPEC.name);
        let received = self.received.entry(load.resource).or_default();
        *received += rows.len() as u64;
        let progress = Progress { settled, ..progress(NONE, *received) };
        self.destination.write(load, batch(rows), Vec::new(), progress).await
    }

    /// Ends a load that edits states; with `forgets`, without those that were there.
    ///
    /// # Errors
    ///
    /// As [`Destination::end`].
    pub async fn edit(
        &mut self,
        resource: &str,
        states: impl IntoIterator<Item = (impl Into<String>, Option<State>)>,
        forgets: bool,
    ) -> Result<RowCounts> {
        let load = load(&self.loads, resource);
        let ending = Ending::new(Status::Edited, progress(states, 0), None);
        self.destination.end(load, Ending { forget: forgets, ..ending }).await
    }

    /// The number of the run.
    pub fn load_id(&self) -> i64 {
        self.load_id
    }

    /// Begins a load.
    ///
    /// # Errors
    ///
    /// As [`Destination::begin`].
    pub async fn begin(&mut self, resource: &str) -> Result<Begun> {
        let load = load(&self.loads, resource);
        self.destination.begin(load, self.load_id).await
    }

    /// Begins a load that nobody else has begun. Returns its number.
    ///
    /// # Panics
    ///
    /// When somebody has.
    pub async fn has_begun(&mut self, resource: &str) -> i64 {
        match self.begin(resource).await {
            Ok(Begun::Ready { load_id }) => load_id,
            other => panic!("`{resource}` does not begin: {other:?}"),
        }
    }

    /// The states of these partitions: their rows, in the order of the partitions.
    ///
    /// # Errors
    ///
    /// As [`Destination::states`].
    pub async fn states(
        &mut self,
        resource: &str,
        states: States<'_>,
    ) -> Result<Vec<(String, u64)>> {
        let load = load(&self.loads, resource);
        let found = self.destination.states(load, states).await?;
        let mut rows: Vec<_> = found.into_iter().map(|(at, state)| (at, state.rows)).collect();
        rows.sort();
        Ok(rows)
    }

    /// Writes rows of a load.
    ///
    /// # Errors
    ///
    /// As [`Destination::write`].
    pub async fn write<R: Resource>(
        &mut self,
        rows: &[R],
        states: impl IntoIterator<Item = (impl Into<String>, Option<State>)>,
    ) -> Result<RowCounts> {
        let load = load(&self.loads, R::SPEC.name);
        let received = self.received.entry(load.resource).or_default();
        *received += rows.len() as u64;
        let progress = progress(states, *received);
        self.destination.write(load, batch(rows), Vec::new(), progress).await
    }

    /// Writes a row that does not fit.
    ///
    /// # Errors
    ///
    /// As [`Destination::write`].
    pub async fn reject<R: Resource>(
        &mut self,
        raw: &str,
        states: impl IntoIterator<Item = (impl Into<String>, Option<State>)>,
    ) -> Result<RowCounts> {
        let load = load(&self.loads, R::SPEC.name);
        let received = self.received.entry(load.resource).or_default();
        *received += 1;
        let progress = Progress { quarantined: 1, ..progress(states, *received) };
        let (path, reason, raw) = (String::new(), "it does not fit".to_owned(), raw.to_owned());
        let partition = format!("[{}]", *received);
        let reject = Reject { partition, page: 1, row: *received, path, reason, raw };
        self.destination.write(load, batch::<R>(&[]), vec![reject], progress).await
    }

    /// Publishes what waits.
    ///
    /// # Errors
    ///
    /// As [`Destination::publish`].
    pub async fn publish(
        &mut self,
        resource: &str,
        states: impl IntoIterator<Item = (impl Into<String>, Option<State>)>,
    ) -> Result<RowCounts> {
        let load = load(&self.loads, resource);
        let progress = progress(states, self.received.get(resource).copied().unwrap_or_default());
        self.destination.publish(load, progress).await
    }

    /// Ends a load.
    ///
    /// # Errors
    ///
    /// As [`Destination::end`].
    pub async fn end(
        &mut self,
        resource: &str,
        status: Status,
        states: impl IntoIterator<Item = (impl Into<String>, Option<State>)>,
    ) -> Result<RowCounts> {
        self.end_with(resource, status, states, false).await
    }

    /// Ends a load of a full refresh: what was remembered is forgotten.
    ///
    /// # Errors
    ///
    /// As [`Destination::end`].
    pub async fn forget_at_end(
        &mut self,
        resource: &str,
        status: Status,
        states: impl IntoIterator<Item = (impl Into<String>, Option<State>)>,
    ) -> Result<RowCounts> {
        self.end_with(resource, status, states, true).await
    }

    async fn end_with(
        &mut self,
        resource: &str,
        status: Status,
        states: impl IntoIterator<Item = (impl Into<String>, Option<State>)>,
        forget: bool,
    ) -> Result<RowCounts> {
        let load = load(&self.loads, resource);
        let progress = progress(states, self.received.get(resource).copied().unwrap_or_default());
        let error = (status == Status::Failed).then(|| "it failed".to_owned());
        let ending = Ending { forget, ..Ending::new(status, progress, error) };
        self.destination.end(load, ending).await
    }
}

fn load<'a>(loads: &'a [Load], resource: &str) -> &'a Load {
    let load = loads.iter().find(|load| load.resource == resource);
    load.unwrap_or_else(|| panic!("BUG: no resource is called `{resource}`"))
}

fn progress(
    states: impl IntoIterator<Item = (impl Into<String>, Option<State>)>,
    received: u64,
) -> Progress {
    let states = states.into_iter().map(|(at, state)| -> PartitionState { (at.into(), state) });
    Progress::new(states.collect(), received, Traffic::default())
}

/// Structs as a batch.
fn batch<R: Resource>(rows: &[R]) -> RecordBatch {
    let schema = arrow_schema(R::SPEC.fields);
    let mut builder = RowBuilder::new(R::SPEC.fields, &schema.fields);
    rows.iter().for_each(|row| row.write_row(&mut builder));
    let batch = RecordBatch::try_new(schema, builder.finish());
    batch.unwrap_or_else(|error| panic!("BUG: no batch of `{}`: {error}", R::SPEC.name))
}
