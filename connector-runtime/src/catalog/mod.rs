//! What a destination knows of a connector: states, the history of loads, rows that do not fit; to be
//! looked at, edited, carried elsewhere, and loaded after all.

mod edit;
mod history;
mod lease;
mod replay;
mod replayed;
mod transfer;

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::connector::Connector;
use crate::destination::{Destination, LoggedLoad, StoredReject, StoredState, Wanted};
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{self, Planned};
use crate::run::{Bounded, LEASE_TIMEOUT};
use crate::spec::ConnectorSpec;

pub use edit::{Duplicates, StateChange, StateSet};
pub use history::LoadSummary;
pub use replayed::{Replayed, StillUnfit};
pub use transfer::EXPORT_VERSION;
#[cfg(feature = "cli")]
pub(crate) use transfer::Export;

/// Records that are read at once.
const AT_ONCE: usize = 1_000;
/// Rows that do not fit may be large.
const REJECTS_AT_ONCE: usize = 200;

/// What a destination knows of a connector. Looking makes and alters nothing; editing takes the leases
/// that runs take. No credentials of the API are needed.
///
/// ```no_run
/// # use connector_runtime::{prelude::*, catalog::Catalog, destination::Sqlite};
/// # #[derive(Connector)]
/// # #[connector(base_url = "https://api.example.com", resources(Item))]
/// # struct Api {}
/// # #[derive(Resource)]
/// # #[resource(path = "/items")]
/// # struct Item { #[column(primary_key)] id: i64 }
/// # async fn example() -> connector_runtime::Result<()> {
/// let mut catalog = Catalog::of::<Api>(Sqlite::file("items.db"));
/// for load in catalog.loads(10).await? {
///     println!("{} {} {} rows", load.load_id, load.status, load.rows.received);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Catalog {
    spec: &'static ConnectorSpec,
    destination: Box<dyn Destination>,
    lease_timeout: Duration,
    cancel: CancellationToken,
}

impl Catalog {
    /// What `destination` knows of a connector.
    pub fn of<C: Connector>(destination: impl Destination + 'static) -> Self {
        Self::new(C::SPEC, Box::new(destination))
    }

    /// As [`Self::of`], of a destination that was made from a text.
    pub fn boxed<C: Connector>(destination: Box<dyn Destination>) -> Self {
        Self::new(C::SPEC, destination)
    }

    pub(crate) fn new(spec: &'static ConnectorSpec, destination: Box<dyn Destination>) -> Self {
        let cancel = CancellationToken::new();
        Self { spec, destination, lease_timeout: LEASE_TIMEOUT, cancel }
    }

    /// Waits so long for a run that loads a resource which is to be edited. Default: half a minute.
    #[must_use]
    pub fn lease_timeout(mut self, time: Duration) -> Self {
        self.lease_timeout = time;
        self
    }

    /// Stops editing, or an export, when the token is cancelled: what was committed stays and is whole. The
    /// destination is not waited for much longer then.
    #[must_use]
    pub fn cancel_with(mut self, token: CancellationToken) -> Self {
        self.destination = Box::new(Bounded::by(self.destination, token.clone()));
        self.cancel = token;
        self
    }

    /// Where it is, for people.
    pub fn describe(&self) -> String {
        self.destination.describe()
    }

    /// Some states of these resources, or of all: those behind `after`, the last of those before. None
    /// are left when none come. `partition`: those of one.
    ///
    /// # Errors
    ///
    /// When the connector has no resource of a name, when nothing was ever loaded there, or when it cannot
    /// be read.
    pub async fn states(
        &mut self,
        resources: &[String],
        partition: Option<&str>,
        after: Option<&StoredState>,
    ) -> Result<Vec<StoredState>> {
        self.go_on(())?;
        let names = self.names(resources)?;
        let mut wanted = Wanted::new(self.spec.name, AT_ONCE).resources(&names);
        wanted.partition = partition.map(str::to_owned);
        let found = self.destination.stored_states(&wanted, after).await?;
        found.ok_or_else(|| self.nothing())
    }

    /// The last loads, the newest first.
    ///
    /// # Errors
    ///
    /// As [`Self::states`].
    pub async fn loads(&mut self, limit: usize) -> Result<Vec<LoadSummary>> {
        let mut summaries = Vec::new();
        let mut before = None;
        while summaries.len() < limit {
            self.go_on(())?;
            let some = AT_ONCE.min(limit - summaries.len());
            let wanted = Wanted::new(self.spec.name, some);
            let found = self.destination.logged_loads(&wanted, before).await?;
            let found = found.ok_or_else(|| self.nothing())?;
            let Some(last) = found.last() else { break };
            before = Some(last.load_id);
            summaries.extend(history::summaries(found));
        }
        Ok(summaries)
    }

    /// Each resource of a load.
    ///
    /// # Errors
    ///
    /// As [`Self::states`], and when there is no such load.
    pub async fn load(&mut self, load_id: i64) -> Result<Vec<LoggedLoad>> {
        let wanted = Wanted::new(self.spec.name, 1).load(load_id);
        let found = self.destination.logged_loads(&wanted, None).await?;
        let found = found.ok_or_else(|| self.nothing())?;
        if found.is_empty() {
            let text = format!("`{}` has no load {load_id} in {}", self.spec.name, self.describe());
            return Err(Error::new(ErrorKind::Config, text).with_help("`loads` lists them"));
        }
        Ok(found)
    }

    /// The names of the tables that a resource is loaded into today; none where it has none.
    pub fn tables(&self, resource: &str) -> Vec<String> {
        let planned = self.selected(&[resource.to_owned()]).unwrap_or_default();
        let stored = planned.iter().filter(|one| one.spec.store);
        stored.flat_map(|one| one.tables.iter().map(|table| table.name.clone())).collect()
    }

    /// Some rows of these resources, or of all, that do not fit: those behind `after`, the last of those
    /// before. None are left when none come.
    ///
    /// # Errors
    ///
    /// As [`Self::states`].
    pub async fn rejects(
        &mut self,
        resources: &[String],
        after: Option<&StoredReject>,
    ) -> Result<Vec<StoredReject>> {
        self.go_on(())?;
        let names = self.names(resources)?;
        let wanted = Wanted::new(self.spec.name, REJECTS_AT_ONCE).resources(&names);
        let found = self.destination.stored_rejects(&wanted, after).await?;
        found.ok_or_else(|| self.nothing())
    }

    /// The resources of these names, or all, parents first.
    fn selected(&self, names: &[String]) -> Result<Vec<Planned>> {
        let mut planned = plan::plan(self.spec, names)?;
        planned.retain(|one| one.is_selected);
        Ok(planned)
    }

    /// The names of those that are selected; none where all are, those too that the connector has no
    /// more.
    fn names(&self, selection: &[String]) -> Result<Vec<String>> {
        if selection.is_empty() {
            return Ok(Vec::new());
        }
        let selected = self.selected(selection)?;
        Ok(selected.iter().map(|one| one.spec.name.to_owned()).collect())
    }

    /// Whether there is anything there.
    async fn is_there(&mut self) -> Result<bool> {
        let wanted = Wanted::new(self.spec.name, 1);
        Ok(self.destination.stored_states(&wanted, None).await?.is_some())
    }

    fn nothing(&self) -> Error {
        let text = format!("there is nothing in {}: no run has loaded anything", self.describe());
        Error::new(ErrorKind::Destination, text)
            .with_help("run `sync` first, or name another place: `--destination`, `--dataset`")
    }
}
