//! The engine: the one place that knows both a source and a destination.

mod ahead;
mod bound;
#[cfg(feature = "cli")]
mod check;
mod children;
mod findings;
mod forward;
mod ground;
#[cfg(feature = "cli")]
mod hint;
mod ledger;
mod node;
mod outcome;
mod pages;
mod post;
mod quarantine;
mod range;
mod reader;
mod renew;
mod request;
mod rows;
mod shape;
mod source;
mod standing;
mod tally;
mod tree;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::task::JoinError;
use tokio_util::sync::CancellationToken;
use tracing::error;

pub(crate) use bound::columns_used;
#[cfg(feature = "cli")]
pub(crate) use check::{CheckReport, check};
pub(crate) use renew::{Renewal, Unfit};
pub use rows::Rows;
pub(crate) use source::{Overrides, Source};

use crate::destination::{self, Destination, Load, Part};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Network, Transport};
use crate::instance::Instance;
use crate::plan::{self, Planned, Share, share};
use crate::report::{Event, Observer, REPORTED, Report, Status, Unobserved};
use crate::spec::{ConnectorSpec, WriteDisposition};
use tree::{Context, Plot};

/// How long another run is waited for.
pub(crate) const LEASE_TIMEOUT: Duration = Duration::from_secs(30);

/// A sync that is about to run; made by [`Connector::sync`](crate::Connector::sync).
///
/// ```no_run
/// # use connector_runtime::{prelude::*, destination::Sqlite};
/// # #[derive(Connector)]
/// # #[connector(base_url = "https://api.example.com", resources(Item))]
/// # struct Api {}
/// # #[derive(Resource)]
/// # #[resource(path = "/items")]
/// # struct Item { #[column(primary_key)] id: i64 }
/// # async fn example() -> connector_runtime::Result<()> {
/// let report = Api {}.sync().destination(Sqlite::file("items.db")).run().await.into_result()?;
/// println!("{} rows", report.resources[0].rows.inserted);
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing happens until `run`"]
pub struct Run {
    instance: Instance,
    resources: Vec<String>,
    destination: Option<Box<dyn Destination>>,
    observer: Arc<dyn Observer>,
    lease_timeout: Duration,
    scope: Scope,
    overrides: Overrides,
}

/// Which part of what there is a run reads.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    /// The present, where it is not that of the clock.
    pub(crate) now: Option<Timestamp>,
    /// Bounds of the cursors, as texts: a backfill.
    pub(crate) range: Option<(String, String)>,
    /// One of several parts of the connector.
    pub(crate) part: Option<Part>,
}

impl Run {
    pub(crate) fn new(instance: Instance) -> Self {
        Self {
            instance,
            resources: Vec::new(),
            destination: None,
            observer: Arc::new(Unobserved),
            lease_timeout: LEASE_TIMEOUT,
            scope: Scope::default(),
            overrides: Overrides::default(),
        }
    }

    /// Loads these resources only.
    pub fn resources<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.resources = names.into_iter().map(Into::into).collect();
        self
    }

    /// Where the rows go; without this, a SQLite file named after the connector.
    pub fn destination(mut self, destination: impl Destination + 'static) -> Self {
        self.destination = Some(Box::new(destination));
        self
    }

    /// As [`Self::destination`], for a destination that was made from a text.
    pub fn boxed_destination(mut self, destination: Box<dyn Destination>) -> Self {
        self.destination = Some(destination);
        self
    }

    /// Watches the run.
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = observer;
        self
    }

    /// Sends requests here instead of to the connector's base URL.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.overrides.base_url = Some(url.into());
        self
    }

    /// Reaches the API with these certificates and this proxy; of no effect with
    /// [`Self::transport`], which finds its own way.
    pub fn network(mut self, network: Network) -> Self {
        self.overrides.network = network;
        self
    }

    /// Sends requests through this transport instead of over the network.
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.overrides.transport = Some(transport);
        self
    }

    /// Keeps what outlives the run, such as a refresh token that the server has replaced, below this
    /// directory; without this, below `CONNECTOR_STATE_DIR` or the platform's own state directory.
    pub fn state_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.overrides.state_dir = Some(directory.into());
        self
    }

    /// Stops the run when the token is cancelled: whole pages that were received are committed
    /// where they can be, and the report says how far the run came.
    pub fn cancel_with(mut self, token: CancellationToken) -> Self {
        self.overrides.cancel = token;
        self
    }

    /// Waits so long for another run that loads the same resource, before it fails. Default: half
    /// a minute.
    pub fn lease_timeout(mut self, time: Duration) -> Self {
        self.lease_timeout = time;
        self
    }

    /// Takes this for the present, at which incremental loads end: for schedulers that run the past.
    pub fn now(mut self, now: Timestamp) -> Self {
        self.scope.now = Some(now);
        self
    }

    /// Reads what the cursors of incremental resources have between `from` and `to`, and neither
    /// reads nor moves any state; `docs/incremental.md`. Both are written as the values of the cursor
    /// column are: `2024-01-31`, `2024-01-31T12:00:00Z`, `1000`.
    pub fn range(mut self, from: impl Into<String>, to: impl Into<String>) -> Self {
        self.scope.range = Some((from.into(), to.into()));
        self
    }

    /// Loads one of several parts of the connector, which read different rows, and together all. The
    /// only one of one part is the whole.
    pub fn partition(mut self, part: Part) -> Self {
        self.scope.part = Some(part).filter(|part| *part != Part { index: 1, of: 1 });
        self
    }

    /// Ends the run after this time as [`Self::cancel_with`] does: whatever it is waiting for, a
    /// retry or a rate limit too.
    pub fn max_run_time(mut self, time: Duration) -> Self {
        self.overrides.max_run_time = Some(time);
        self
    }

    /// Writes so many rows together, for tests with many commits and few rows.
    #[cfg(feature = "testing")]
    #[doc(hidden)]
    pub fn batch_rows(mut self, rows: usize) -> Self {
        self.overrides.batch_rows = Some(rows);
        self.overrides.writes_at_once = true;
        self
    }

    /// No more requests than this are on their way at once, in the place of what the connector
    /// says. With 1 a page is asked for when the one before has come.
    pub fn max_concurrency(mut self, requests: usize) -> Self {
        self.overrides.max_concurrency = Some(requests);
        self
    }

    /// Runs it. What goes wrong is in the report; [`Report::into_result`] makes an error of it.
    #[must_use = "a report may hold errors"]
    pub async fn run(self) -> Report {
        let started = Instant::now();
        let spec = self.instance.spec;
        let mut report = Report {
            connector: spec.name,
            destination: String::new(),
            load_id: 0,
            schema_changes: Vec::new(),
            resources: Vec::new(),
            error: None,
            seconds: 0.0,
        };
        if let Err(error) = self.into(&mut report).await {
            error!(target: REPORTED, "{error}");
            report.error = Some(error);
        }
        report.seconds = started.elapsed().as_secs_f64();
        report
    }

    async fn into(self, report: &mut Report) -> Result<()> {
        let spec = self.instance.spec;
        let planned = plan::plan(spec, &self.resources)?;
        self.scope.allows(spec, &planned)?;
        let mut destination = match self.destination {
            Some(destination) => destination,
            None => destination::from_text(&format!("{}.db", spec.name))?,
        };
        report.destination = destination.describe();
        let source = Arc::new(Source::open(self.instance, self.overrides)?);
        let is_named = |name: &str| {
            self.resources.is_empty() || self.resources.iter().any(|named| named == name)
        };
        let trees = plan::trees(planned).into_iter().filter(|tree| self.scope.reads(spec, tree));
        let trees: Vec<_> = trees.map(|tree| self.scope.plots(spec, tree, is_named)).collect();
        let loads = trees.iter().flatten().filter_map(|plot: &Plot| plot.load.clone());
        let opened = destination.open(&loads.collect::<Vec<_>>()).await?;
        report.load_id = opened.load_id;
        report.schema_changes = opened.changes;
        let context = Context {
            source: source.clone(),
            observer: self.observer.clone(),
            lease_timeout: self.lease_timeout,
            load_id: opened.load_id,
            now: self.scope.now.unwrap_or_else(Timestamp::now),
            range: self.scope.range.clone(),
            part: self.scope.part,
        };
        let mut stopped = false;
        for tree in trees {
            // neither an API that was given up nor a destination that fails gets better
            let ended = if stopped || source.is_halted(tree[0].planned.spec.name) {
                tree::skipped(&tree)
            } else {
                tree::load(&context, &tree, &mut *destination).await
            };
            for resource in ended {
                stopped |= resource.error.as_ref().is_some_and(|error| {
                    matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::Destination)
                });
                self.observer.event(&Event::Ended { report: &resource });
                report.resources.push(resource);
            }
        }
        Ok(())
    }
}

impl Scope {
    /// Refuses what cannot be done with these resources.
    fn allows(&self, connector: &ConnectorSpec, planned: &[Planned]) -> Result<()> {
        if let Some(part) = self.part {
            plan::divide(connector, planned, part)?;
        }
        if self.range.is_none() {
            return Ok(());
        }
        let is_read = |one: &Planned| one.spec.incremental.is_some();
        if !planned.iter().any(is_read) {
            let text = "no resource is incremental: there is no cursor whose range could be read";
            return Err(
                Error::new(ErrorKind::Config, text).with_help("leave `--from` and `--to` out")
            );
        }
        let appends =
            |one: &&Planned| one.stored && one.write.disposition == WriteDisposition::Append;
        let taken =
            plan::trees(planned.to_vec()).into_iter().filter(|tree| tree.iter().any(is_read));
        match taken.flatten().find(|one| appends(&one)) {
            Some(one) => Err(Error::new(
                ErrorKind::Config,
                "it appends: rows of a range that were loaded before would be there twice",
            )
            .with_resource(one.spec.name)
            .with_help(
                "leave it out of the run, or give it a primary key, by which rows are merged",
            )),
            None => Ok(()),
        }
    }

    /// Whether anything of a tree is read.
    fn reads(&self, connector: &ConnectorSpec, tree: &[Planned]) -> bool {
        let in_range =
            self.range.is_none() || tree.iter().any(|one| one.spec.incremental.is_some());
        let is_own = |part| share(connector, tree[0].spec, part) != Share::None;
        in_range && self.part.is_none_or(is_own)
    }

    /// The resources of a tree, and which of them are loaded: those that are named.
    fn plots(
        &self,
        connector: &'static ConnectorSpec,
        tree: Vec<Planned>,
        is_named: impl Fn(&str) -> bool,
    ) -> Vec<Plot> {
        let names: Vec<_> = tree.iter().map(|planned| planned.spec.name).collect();
        let place = |name: &str| names.iter().position(|other| *other == name);
        let is_shared = |part: &Part| {
            matches!(share(connector, tree[0].spec, *part), Share::Partitions | Share::Rows)
        };
        let part = self.part.filter(is_shared);
        let plot = |planned: Planned| Plot {
            load: is_named(planned.spec.name).then(|| Load { part, ..planned.load(connector) }),
            parent: planned.parent().and_then(place),
            planned,
        };
        tree.into_iter().map(plot).collect()
    }
}

/// The run was told to stop, or what it ran on has ended.
fn interrupted(text: &str) -> Error {
    Error::new(ErrorKind::Interrupted, text)
}

/// What a task has come to; a panic goes on where it is waited for.
fn joined<T>(ended: Result<T, JoinError>) -> Result<T> {
    ended.map_err(|error| match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(_) => interrupted("the asynchronous runtime that the load began on has ended"),
    })
}

fn failure(error: &Error) -> Status {
    match error.kind() {
        ErrorKind::Interrupted => Status::Interrupted,
        _ => Status::Failed,
    }
}
