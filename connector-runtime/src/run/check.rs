//! [`Check`]: one request a resource: does the API answer, and do its rows fit the structs?

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use arrow_array::RecordBatch;
use jiff::Timestamp;
use serde::Serialize;

use super::bounded::Bounded;
use super::children::{Led, Link, lead, partitions};
use super::hint::hints;
use super::pages::{Pages, Sink};
use super::range::Range;
use super::setters::setters;
use super::source::{Overrides, Source};
use super::{failure, interrupted};
use crate::destination::Destination;
use crate::error::{Error, Result};
use crate::incremental::Cursor;
use crate::instance::{Bindings, Instance};
use crate::plan::{self, Planned};
use crate::report::{Event, Observer, SchemaChange, Status, Traffic, Unobserved};
use crate::spec::ConnectorSpec;

/// A look at the API, and at a destination if there is one; made by
/// [`Connector::check`](crate::Connector::check).
///
/// The first page of each resource is asked for: of a child, that for the first row of its parent.
/// Nothing is written, and nothing is remembered. A resource that fails does not keep the others from
/// being checked, unless the API was given up.
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
/// let report = Api {}.check().destination(Sqlite::file("items.db")).run().await.into_result()?;
/// for one in &report.resources {
///     println!("{}: {} rows on the first page", one.resource, one.rows);
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing happens until `run`"]
pub struct Check {
    instance: Instance,
    resources: Vec<String>,
    destination: Option<Box<dyn Destination>>,
    observer: Arc<dyn Observer>,
    overrides: Overrides,
}

/// What the first pages of an API look like.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct CheckReport {
    /// The connector's name.
    pub connector: &'static str,
    /// One entry a resource: parents come before their children.
    pub resources: Vec<ResourceCheck>,
    /// Whether a load could begin in the destination, where one was to be looked at.
    pub destination: Option<DestinationCheck>,
    /// Why the check could not start.
    pub error: Option<Error>,
    /// Wall time in seconds.
    pub seconds: f64,
}

/// Whether the resources could be loaded into a destination.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct DestinationCheck {
    /// Where the rows would go.
    pub destination: String,
    /// What a load would make or alter there; `None`: the destination does not tell, or fails.
    pub schema_changes: Option<Vec<SchemaChange>>,
    /// Why no load could begin.
    pub error: Option<Error>,
}

/// What the first page of a resource looks like.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct ResourceCheck {
    /// Its name.
    pub resource: &'static str,
    /// [`Done`](Status::Done) when the page came and every row of it fits;
    /// [`Skipped`](Status::Skipped) when nothing was asked.
    pub status: Status,
    /// Rows on the page.
    pub rows: u64,
    /// Rows that the API says there are.
    pub total: Option<u64>,
    /// The names of the columns.
    pub columns: Vec<String>,
    /// What it took to get the page.
    #[serde(flatten)]
    pub traffic: Traffic,
    /// Wall time in seconds.
    pub seconds: f64,
    /// What a person should know of a page that fits.
    pub warnings: Vec<String>,
    /// What does not fit.
    pub error: Option<Error>,
}

impl Check {
    pub(crate) fn new(instance: Instance) -> Self {
        Self {
            instance,
            resources: Vec::new(),
            destination: None,
            observer: Arc::new(Unobserved),
            overrides: Overrides::default(),
        }
    }

    setters! {
        /// Checks these resources only, and their parents; as [`Run::resources`](super::Run::resources)
        /// takes them.
        resources;

        /// Also looks whether the resources could be loaded there. Nothing is made, written or locked.
        destination;

        /// Watches the requests.
        observer;

        reach;

        /// Keeps what outlives the check below this directory, as
        /// [`Run::state_dir`](super::Run::state_dir) does.
        state_dir;

        /// Ends it when the token is cancelled: resources that were not asked for by then are skipped.
        cancel_with;
    }

    /// Looks. What does not fit is in the report; [`CheckReport::into_result`] makes an error of it.
    #[must_use = "a report may hold errors"]
    pub async fn run(self) -> CheckReport {
        let started = Instant::now();
        let mut report = CheckReport::begun(self.instance.spec.name);
        let checked = self.into(&mut report).await;
        report.error = checked.err().map(Error::advised);
        report.seconds = started.elapsed().as_secs_f64();
        report
    }

    fn overrides(&mut self) -> &mut Overrides {
        &mut self.overrides
    }

    async fn into(self, report: &mut CheckReport) -> Result<()> {
        let Self { instance, resources, destination, observer, overrides } = self;
        let planned = plan::plan(instance.spec, &resources)?;
        let cancel = overrides.cancel.clone();
        let connector = instance.spec;
        let source = Arc::new(Source::open(instance, overrides)?);
        if let Some(destination) = destination {
            let destination = Bounded::by(destination, cancel.clone());
            let checked = DestinationCheck::of(connector, &planned, destination).await;
            report.destination = Some(checked);
        }
        let mut samples = Samples::new();
        let mut is_stopped = false;
        for one in &planned {
            let mut resource = ResourceCheck::new(one);
            is_stopped |= cancel.is_cancelled();
            if !is_stopped && !source.is_halted(one.spec.name) {
                observer.event(&Event::Started { resource: resource.resource });
                resource.run(&source, one, &planned, &mut samples, &observer).await;
            }
            report.resources.push(resource);
        }
        if is_stopped { Err(interrupted("told to stop")) } else { Ok(()) }
    }
}

impl CheckReport {
    fn begun(connector: &'static str) -> Self {
        Self { connector, resources: Vec::new(), destination: None, error: None, seconds: 0.0 }
    }

    /// The report of a check that could not begin.
    #[cfg(feature = "cli")]
    pub(crate) fn failed(connector: &'static str, started: Instant, error: Error) -> Self {
        let seconds = started.elapsed().as_secs_f64();
        Self { error: Some(error.advised()), seconds, ..Self::begun(connector) }
    }

    /// The first error: of the check, of a resource, or of the destination.
    pub fn first_error(&self) -> Option<&Error> {
        let of_resources = || self.resources.iter().find_map(|one| one.error.as_ref());
        let of_destination = || self.destination.as_ref()?.error.as_ref();
        self.error.as_ref().or_else(of_resources).or_else(of_destination)
    }

    /// The report, unless something does not fit. That nothing was asked of a resource is no error.
    ///
    /// # Errors
    ///
    /// The first error.
    pub fn into_result(mut self) -> Result<Self> {
        let of_resources = self.resources.iter_mut().find_map(|one| one.error.take());
        let of_destination = self.destination.as_mut().and_then(|one| one.error.take());
        match self.error.take().or(of_resources).or(of_destination) {
            Some(error) => Err(error),
            None => Ok(self),
        }
    }
}

impl DestinationCheck {
    async fn of(
        connector: &'static ConnectorSpec,
        planned: &[Planned],
        mut destination: Bounded,
    ) -> Self {
        let loads = planned.iter().filter(|one| one.is_selected).map(|one| one.load(connector));
        let loads: Vec<_> = loads.collect();
        let diff = destination.diff(&loads).await;
        let (schema_changes, error) = match diff {
            Ok(diff) => (diff.map(|diff| diff.changes), None),
            Err(error) => (None, Some(error.advised())),
        };
        Self { destination: destination.describe(), schema_changes, error }
    }
}

/// Rows of the resources that were looked at, for their children.
type Samples = HashMap<&'static str, RecordBatch>;

/// What the first scan of a resource is bound to; `None`: no row of its parent is known.
fn first_bindings(
    source: &Source,
    planned: &Planned,
    all: &[Planned],
    samples: &Samples,
) -> Result<Option<Bindings>> {
    let instance = &source.instance;
    let mut bindings = Bindings::default();
    let parent = planned.parent().and_then(|name| all.iter().find(|one| one.spec.name == name));
    if let Some(parent) = parent {
        let Some(sample) = samples.get(parent.spec.name) else { return Ok(None) };
        let links = [Link::new(instance, parent, planned, 0)?];
        let mut led = Led::new(1);
        lead(&links, sample, |_| (None, true), None, &mut led);
        if let Some(error) = led.missing.remove(0) {
            return Err(error);
        }
        let Some(first) = led.bindings.into_iter().next() else { return Ok(None) };
        bindings = first;
    } else if let Some(partition) =
        partitions(instance, planned.spec.partitions)?.into_iter().next()
    {
        bindings.partition = partition;
    }
    if let Some(spec) = &planned.spec.incremental {
        let cursor = Arc::new(Cursor::new(spec, planned.spec.fields)?);
        let mut range = Range::first(instance, &cursor, Timestamp::now())?;
        let stretch = range.next().unwrap_or_else(|| range.whole());
        bindings = stretch.bind(&cursor, bindings);
    }
    Ok(Some(bindings))
}

impl ResourceCheck {
    fn new(planned: &Planned) -> Self {
        Self {
            resource: planned.spec.name,
            status: Status::Skipped,
            rows: 0,
            total: None,
            columns: planned
                .tables
                .root()
                .columns
                .iter()
                .map(|column| column.name.clone())
                .collect(),
            traffic: Traffic::default(),
            seconds: 0.0,
            warnings: Vec::new(),
            error: None,
        }
    }

    async fn run(
        &mut self,
        source: &Arc<Source>,
        planned: &Planned,
        all: &[Planned],
        samples: &mut Samples,
        observer: &Arc<dyn Observer>,
    ) {
        let started = Instant::now();
        let outcome = match first_bindings(source, planned, all, samples) {
            Ok(Some(bindings)) => self.look(source, planned, &bindings, samples, observer).await,
            Ok(None) => {
                let parent = planned.parent().unwrap_or_default();
                self.warnings.push(format!(
                    "no row of `{parent}` is known that it could be read for: nothing was asked"
                ));
                return;
            }
            Err(error) => Err(error.with_resource(planned.spec.name)),
        };
        self.status = outcome.as_ref().map_or_else(failure, |()| Status::Done);
        if self.status == Status::Done && self.rows == 0 {
            self.warnings.push("the page has no rows: nothing was compared".to_owned());
        }
        self.error = outcome.err().map(Error::advised);
        self.seconds = started.elapsed().as_secs_f64();
    }

    /// Asks for the first page.
    async fn look(
        &mut self,
        source: &Arc<Source>,
        planned: &Planned,
        bindings: &Bindings,
        samples: &mut Samples,
        observer: &Arc<dyn Observer>,
    ) -> Result<()> {
        let mut pages = Pages::new(source, planned, Sink::PLAIN, observer.clone())?;
        pages.begin(bindings, None)?;
        pages.keep_response();
        let advanced = pages.advance().await;
        self.rows = pages.rows();
        self.total = pages.total_rows();
        self.traffic = pages.traffic();
        advanced?;
        self.warnings = pages.warnings();
        let hints = |response| hints(planned.paginator, response, self.rows);
        let mut hints = pages.response().map(hints).unwrap_or_default();
        // the scan itself may have said so
        hints.retain(|hint| !self.warnings.iter().any(|warning| warning.contains(hint)));
        self.warnings.extend(hints);
        if let Some(batch) = pages.take_batch()? {
            samples.insert(planned.spec.name, batch);
        }
        Ok(())
    }
}
