//! One request a resource: does the API answer, and do its rows fit the structs?

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use arrow_array::RecordBatch;
use jiff::Timestamp;
use serde::Serialize;

use super::children::{Led, Link, lead, partitions};
use super::failure;
use super::hint::hints;
use super::pages::{Pages, Sink};
use super::range::Range;
use super::source::{Overrides, Source};
use crate::error::{Error, Result};
use crate::incremental::Cursor;
use crate::instance::{Bindings, Instance};
use crate::plan::{self, Planned};
use crate::report::{Event, Observer, Status, Traffic};

/// What the first pages of an API look like.
#[derive(Debug, Serialize)]
pub(crate) struct CheckReport {
    /// The connector's name.
    pub(crate) connector: &'static str,
    /// One entry a resource, in the order in which the connector lists them.
    pub(crate) resources: Vec<ResourceCheck>,
    /// Why the check could not start.
    pub(crate) error: Option<Error>,
    /// Wall time in seconds.
    pub(crate) seconds: f64,
}

/// What the first page of a resource looks like.
#[derive(Debug, Serialize)]
pub(crate) struct ResourceCheck {
    /// Its name.
    pub(crate) resource: &'static str,
    /// `done` when the page came and every row of it fits.
    pub(crate) status: Status,
    /// Rows on the page.
    pub(crate) rows: u64,
    /// Rows that the API says there are.
    pub(crate) total: Option<u64>,
    /// The names of the columns.
    pub(crate) columns: Vec<String>,
    /// What it took to get the page.
    #[serde(flatten)]
    pub(crate) traffic: Traffic,
    /// Wall time in seconds.
    pub(crate) seconds: f64,
    /// What a person should know of a page that fits.
    pub(crate) warnings: Vec<String>,
    /// What does not fit.
    pub(crate) error: Option<Error>,
}

/// Asks for the first page of each of these resources, or of all. Nothing is written.
///
/// A resource that fails does not keep the others from being checked, unless the API was given up.
pub(crate) async fn check(
    instance: Instance,
    names: &[String],
    overrides: Overrides,
    observer: &Arc<dyn Observer>,
) -> CheckReport {
    let started = Instant::now();
    let mut report = CheckReport {
        connector: instance.spec.name,
        resources: Vec::new(),
        error: None,
        seconds: 0.0,
    };
    let checked = check_into(&mut report, instance, names, overrides, observer).await;
    report.error = checked.err().map(Error::advised);
    report.seconds = started.elapsed().as_secs_f64();
    report
}

async fn check_into(
    report: &mut CheckReport,
    instance: Instance,
    names: &[String],
    overrides: Overrides,
    observer: &Arc<dyn Observer>,
) -> Result<()> {
    let planned = plan::plan(instance.spec, names)?;
    let cancel = overrides.cancel.clone();
    let source = Arc::new(Source::open(instance, overrides)?);
    let mut samples = Samples::new();
    for one in &planned {
        let mut resource = ResourceCheck::new(one);
        if !source.is_halted(one.spec.name) && !cancel.is_cancelled() {
            observer.event(&Event::Started { resource: resource.resource });
            resource.run(&source, one, &planned, &mut samples, observer).await;
        }
        report.resources.push(resource);
    }
    Ok(())
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
        self.warnings.extend(pages.response().map(hints).unwrap_or_default());
        if let Some(batch) = pages.take_batch()? {
            samples.insert(planned.spec.name, batch);
        }
        Ok(())
    }
}
