//! The engine: the one place that knows both a source and a destination.

mod ahead;
mod bound;
mod bounded;
mod check;
mod children;
mod desk;
mod family;
mod findings;
mod forward;
mod ground;
mod hint;
mod ledger;
mod node;
mod outcome;
mod pages;
mod post;
mod preview;
mod prospect;
mod quarantine;
mod range;
mod reached;
mod reader;
mod renew;
mod request;
mod rows;
mod scope;
mod setters;
mod shape;
mod site;
mod source;
mod standing;
mod tally;
mod tree;
mod writer;

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::task::JoinError;
use tracing::field::Empty;
use tracing::{Instrument, error, info, info_span};

pub(crate) use bound::columns_used;
pub(crate) use bounded::Bounded;
pub use check::{Check, CheckReport, DestinationCheck, ResourceCheck};
pub use preview::{Preview, Previewed};
#[cfg(feature = "cli")]
pub(crate) use prospect::fields_of_plan;
pub use prospect::{
    Beginning, InParts, Outlook, Plan, PlannedGroup, PlannedIncremental, PlannedParam,
    PlannedPartition, PlannedRange, PlannedResource, StateUse,
};
pub(crate) use renew::{Renewal, Unfit};
pub use rows::Rows;
pub(crate) use source::{Overrides, Source};

#[cfg(any(feature = "airbyte", feature = "singer"))]
use crate::client::Stop;
use crate::destination::{self, Destination, Part};
use crate::error::{Error, ErrorKind, Result};
use crate::instance::Instance;
use crate::plan;
pub use crate::plan::Share;
use crate::report::{Event, Observer, REPORTED, Report, SPANS, SchemaChange, Status, Unobserved};
use scope::Scope;
use setters::setters;
use tree::{Context, Plot};

/// Target of the log lines of runs and their resources.
const RUN: &str = "connector_runtime::run";

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

    setters! {
        /// Loads these resources only: by their names or by patterns, in which `*` stands for any characters
        /// and `?` for one. What begins with `!` is left out, wherever it stands; with nothing else, all
        /// others are loaded.
        ///
        /// ```no_run
        /// # use connector_runtime::prelude::*;
        /// # #[derive(Connector)]
        /// # #[connector(base_url = "https://api.example.com", resources(Item))]
        /// # struct Api {}
        /// # #[derive(Resource)]
        /// # #[resource(path = "/items")]
        /// # struct Item { #[column(primary_key)] id: i64 }
        /// let run = Api {}.sync().resources(["issue*", "!issue_comments"]);
        /// ```
        ///
        /// One that fits no resource is an error of the run.
        resources;

        /// Where the rows go; without this, a SQLite file named after the connector.
        destination;

        /// Watches the run.
        observer;

        reach;

        /// Keeps what outlives the run, such as a refresh token that the server has replaced, below this
        /// directory; without this, below `CONNECTOR_STATE_DIR` or the platform's own state directory.
        state_dir;

        /// Stops the run when the token is cancelled: whole pages that were received are committed
        /// where they can be, and the report says how far the run came. Requests and waits are broken off
        /// at once; a destination, or a server that replaces a refresh token, is waited for three seconds.
        cancel_with;

        /// No more requests than this are on their way at once, in the place of what the connector
        /// says. With 1 a page is asked for when the one before has come.
        max_concurrency;
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

    /// Loads no more rows of each resource than this, to try a connector out: from its beginning, and
    /// without reading or moving any state; `docs/incremental.md`. Nothing is removed, and
    /// [`Report::limit`] says that the run was limited.
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
    /// let trial = Api {}.sync().limit(10).destination(Sqlite::file("trial.db"));
    /// assert!(trial.run().await.into_result()?.resources[0].rows.inserted <= 10);
    /// # Ok(())
    /// # }
    /// ```
    pub fn limit(mut self, rows: u64) -> Self {
        self.scope.limit = Some(rows);
        self
    }

    /// Reads the resources from their beginning, as the first load did, whatever is remembered of them.
    /// At the end of each, its rows and states take the place of those that are there, all at once; if
    /// it fails, what is there stays as it is; `docs/loading.md`.
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
    /// let items = Api {}.sync().resources(["items"]).full_refresh();
    /// items.destination(Sqlite::file("items.db")).run().await.into_result()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn full_refresh(mut self) -> Self {
        self.scope.refresh = true;
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

    /// Waits until a run that begins now was told to stop, and then as long as that may take.
    #[cfg(any(feature = "airbyte", feature = "singer"))]
    pub(crate) fn overdue(&self) -> impl Future<Output = ()> + Send + use<> {
        let Overrides { cancel, max_run_time, .. } = &self.overrides;
        let stop = Stop::new(cancel.clone(), tokio::time::Instant::now(), *max_run_time);
        async move { stop.overdue().await }
    }

    /// Runs it. What goes wrong is in the report; [`Report::into_result`] makes an error of it.
    #[must_use = "a report may hold errors"]
    pub async fn run(self) -> Report {
        let started = Instant::now();
        let connector = self.instance.spec.name;
        let span = info_span!(
            target: SPANS,
            "run",
            otel.name = format!("sync {connector}"),
            otel.status_code = Empty,
            connector.name = connector,
            connector.load_id = Empty,
            error.type = Empty,
        );
        let mut report = Report::begun(connector, Timestamp::now());
        report.limit = self.scope.limit;
        report.full_refresh = self.scope.refresh;
        let done = self.into(&mut report).instrument(span.clone()).await;
        if let Err(error) = done {
            error!(target: REPORTED, "{error}");
            report.error = Some(error.advised());
        }
        report.ended = Timestamp::now();
        report.seconds = started.elapsed().as_secs_f64();
        span.record("connector.load_id", report.load_id);
        if let Some(error) = report.first_error() {
            span.record("error.type", error.kind().as_str());
            span.record("otel.status_code", "ERROR");
        }
        report
    }

    /// What the run would do, as far as it is known without a request: what it reads and how, where it
    /// begins, and what it makes or alters in the destination. Nothing is asked of the API, and nothing is
    /// made, written or locked. What would refuse the run is in the plan; [`Plan::into_result`] makes an
    /// error of it.
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
    /// let run = Api {}.sync().destination(Sqlite::file("items.db")).full_refresh();
    /// let plan = run.plan().await.into_result()?;
    /// for one in &plan.resources {
    ///     println!("{}: {} {}, {}", one.resource, one.method, one.path, one.paginator);
    /// }
    /// let changes = plan.destination.and_then(|there| there.schema_changes);
    /// for change in changes.unwrap_or_default() {
    ///     println!("{}: {}", change.table, change.change);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Without [`Self::destination`], the file is looked at that the run would write.
    #[must_use = "a plan may hold an error"]
    pub async fn plan(self) -> Plan {
        Plan::of(self).await
    }

    fn overrides(&mut self) -> &mut Overrides {
        &mut self.overrides
    }

    async fn into(self, report: &mut Report) -> Result<()> {
        let spec = self.instance.spec;
        let planned = self.scope.of(spec, plan::plan(spec, &self.resources)?)?;
        let destination = match self.destination {
            Some(destination) => destination,
            None => destination::from_text(&format!("{}.db", spec.name))?,
        };
        report.destination = destination.describe();
        let mut overrides = self.overrides;
        if self.scope.limit.is_some() {
            // pages that nobody wants are not asked for ahead
            overrides.max_concurrency = Some(1);
        }
        let source = Arc::new(Source::open(self.instance, overrides)?);
        let mut destination = Bounded::new(destination, source.client.bound());
        let trees = plan::trees(planned).into_iter().filter(|tree| self.scope.reads(spec, tree));
        let trees: Vec<_> = trees.map(|tree| self.scope.plots(spec, tree)).collect();
        let loads = trees.iter().flatten().filter_map(|plot: &Plot| plot.load.clone());
        let opened = destination.open(&loads.collect::<Vec<_>>()).await?;
        report.load_id = opened.load_id;
        for SchemaChange { table, change } in &opened.changes {
            info!(target: RUN, table, "{change}");
        }
        report.schema_changes = opened.changes.clone();
        let context = Context {
            source: source.clone(),
            observer: self.observer.clone(),
            lease_timeout: self.lease_timeout,
            load_id: opened.load_id,
            now: self.scope.now.unwrap_or_else(Timestamp::now),
            made: opened.changes,
            scope: self.scope.clone(),
        };
        let mut stopped = false;
        for tree in trees {
            // neither an API that was given up nor a destination that fails gets better
            let ended = if stopped || source.is_halted(tree[0].planned.spec.name) {
                tree::skipped(&tree)
            } else {
                tree::load(&context, &tree, &mut destination).await
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
