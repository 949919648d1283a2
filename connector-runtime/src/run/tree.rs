//! A tree of resources: one, and those that are read for its rows, from their leases to their reports.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tracing::field::Empty;
use tracing::{Span, info, info_span, warn};

use super::RUN;
use super::ground::Ground;
use super::node::Common;
use super::outcome::{Above, Outcome};
use super::post::Outbox;
use super::reader::Done;
use super::scope::Scope;
use super::source::Source;
use super::writer::Writer;
use crate::destination::{Begun, Destination, Load};
use crate::error::{Error, ErrorKind, Result};
use crate::plan::Planned;
use crate::report::{Event, Observer, ResourceReport, SPANS, SchemaChange};

/// How often a lease is asked for that another run has.
const LEASE_INTERVAL: Duration = Duration::from_millis(500);

/// What all trees of a run have in common.
pub(super) struct Context {
    pub(super) source: Arc<Source>,
    pub(super) observer: Arc<dyn Observer>,
    /// How long another run is waited for.
    pub(super) lease_timeout: Duration,
    /// The number of the run.
    pub(super) load_id: i64,
    pub(super) now: Timestamp,
    /// What was made for it.
    pub(super) made: Vec<SchemaChange>,
    pub(super) scope: Scope,
}

/// A resource of a tree.
pub(super) struct Plot {
    pub(super) planned: Planned,
    /// `None`: only its children are loaded.
    pub(super) load: Option<Load>,
    /// The plot of its parent.
    pub(super) parent: Option<usize>,
}

/// A tree on its way.
struct Tree<'a> {
    context: &'a Context,
    plots: &'a [Plot],
    destination: &'a mut dyn Destination,
    outcomes: Vec<Outcome>,
    spans: Vec<Span>,
    /// The numbers of the loads.
    load_ids: Vec<i64>,
}

/// Loads a tree. What goes wrong is in the reports.
pub(super) async fn load(
    context: &Context,
    plots: &[Plot],
    destination: &mut dyn Destination,
) -> Vec<ResourceReport> {
    let outcomes = plots.iter().map(|_| Outcome::new()).collect();
    let load_ids = vec![context.load_id; plots.len()];
    let spans: Vec<_> = plots.iter().map(span).collect();
    let mut tree = Tree { context, plots, destination, outcomes, spans, load_ids };
    tree.run().await;
    let Tree { outcomes, spans, .. } = tree;
    let reports = reports(outcomes, plots);
    spans.iter().zip(&reports).for_each(|(span, report)| record(span, report));
    reports
}

/// The span of a resource: from its start to its report.
fn span(plot: &Plot) -> Span {
    let resource = plot.planned.spec.name;
    info_span!(
        target: SPANS,
        "resource",
        otel.name = format!("load {resource}"),
        otel.status_code = Empty,
        connector.resource = resource,
        connector.status = Empty,
        connector.rows.received = Empty,
        connector.requests = Empty,
        connector.retries = Empty,
        error.type = Empty,
    )
}

fn record(span: &Span, report: &ResourceReport) {
    span.record("connector.status", report.status.as_str());
    span.record("connector.rows.received", report.rows.received);
    span.record("connector.requests", report.traffic.requests);
    span.record("connector.retries", report.traffic.retries);
    if let Some(error) = &report.error {
        span.record("error.type", error.kind().as_str());
        span.record("otel.status_code", "ERROR");
    }
}

/// What is told of a tree that is not read.
pub(super) fn skipped(plots: &[Plot]) -> Vec<ResourceReport> {
    reports(plots.iter().map(|_| Outcome::new()).collect(), plots)
}

fn reports(outcomes: Vec<Outcome>, plots: &[Plot]) -> Vec<ResourceReport> {
    outcomes.into_iter().zip(plots).map(|(outcome, plot)| outcome.report(&plot.planned)).collect()
}

impl Tree<'_> {
    async fn run(&mut self) {
        for plot in self.plots {
            let resource = plot.planned.spec.name;
            info!(target: RUN, resource, "started");
            self.context.observer.event(&Event::Started { resource });
        }
        let mut begun = 0;
        if let Err((at, error)) = self.begin(&mut begun).await {
            self.outcomes[at].fail(error);
            return self.give_up(begun).await;
        }
        match self.grow().await {
            Ok(()) => {}
            Err((at, error)) => {
                self.outcomes[at].fail(error);
                self.give_up(begun).await;
            }
        }
    }

    /// Begins the loads, parents first: two runs of the same connector never wait for each other.
    async fn begin(&mut self, begun: &mut usize) -> Result<(), (usize, Error)> {
        for at in 0..self.plots.len() {
            if let Some(load) = &self.plots[at].load {
                let started = Instant::now();
                let begun = self.begin_one(load).await;
                // a lease that is free is there at once
                if started.elapsed() >= LEASE_INTERVAL {
                    self.outcomes[at].wait(started.elapsed());
                }
                let load_id = begun.map_err(|error| (at, error))?;
                self.load_ids[at] = load_id;
                self.outcomes[at].load_id = load_id;
            }
            *begun = at + 1;
        }
        Ok(())
    }

    /// Begins a load, as soon as no other run has its lease.
    async fn begin_one(&mut self, load: &Load) -> Result<i64> {
        let started = Instant::now();
        let Context { source, observer, lease_timeout, load_id, .. } = self.context;
        loop {
            let busy = match self.destination.begin(load, *load_id).await? {
                Begun::Ready { load_id } => return Ok(load_id),
                Begun::Busy(busy) => busy,
            };
            let left = lease_timeout.saturating_sub(started.elapsed());
            if left.is_zero() {
                return Err(Error::new(ErrorKind::Destination, busy).with_help(
                    "run again when it has finished, or wait longer: `--lease-timeout`",
                ));
            }
            let wait = left.min(LEASE_INTERVAL);
            source.client.pause(wait, &busy, load.resource, &**observer).await?;
        }
    }

    /// Ends loads that came to nothing.
    async fn give_up(&mut self, begun: usize) {
        for at in (0..begun).rev() {
            let Some(load) = &self.plots[at].load else { continue };
            let ending = self.outcomes[at].given_up();
            if let Err(error) = self.destination.end(load, ending).await {
                warn!(target: RUN, resource = load.resource, "{error}");
            }
        }
    }

    /// Reads everything into the destination.
    async fn grow(&mut self) -> Result<(), (usize, Error)> {
        let Source { batch_rows, writes_at_once, .. } = *self.context.source;
        let (outbox, inbox) = Outbox::new(batch_rows, writes_at_once);
        let Self { context, plots, destination, outcomes, spans, load_ids } = self;
        let plots = *plots;
        let ground = Ground::prepare(context, plots, load_ids, &mut **destination, outbox).await?;
        let (mut readers, ledger, desks) = ground.sow(spans)?;
        let source = context.source.clone();
        let commons: Vec<_> = desks.iter().map(|desk| desk.common.clone()).collect();
        let mut writer = Writer::new(&mut **destination, ledger, desks);
        let written = writer.run(inbox).await;
        if written.is_err() {
            // told to end, not torn off: one may wait for an answer that alone holds the next token
            source.client.stop();
            commons.iter().for_each(|common| common.halt.cancel());
        }
        let mut all: Vec<Option<Done>> = plots.iter().map(|_| None).collect();
        while let Some(joined) = readers.join_next().await {
            let Ok((at, done)) = super::joined(joined) else { continue };
            if written.is_err() {
                continue;
            }
            match &mut all[at] {
                Some(first) => first.absorb(done),
                first => *first = Some(done),
            }
        }
        for (at, done) in all.into_iter().enumerate() {
            let outcome = &mut outcomes[at];
            let is_own = |error: &Error| written.is_ok() || error.kind() != ErrorKind::Interrupted;
            if let Some(error) = commons[at].failure().filter(is_own) {
                outcome.fail(error);
            }
            if let Some(Done { pages, findings }) = done {
                outcome.read(&pages, &findings, children(plots, at));
            }
            outcome.note_empty_lists(&source.instance, &plots[at].planned);
        }
        if let Err((at, error)) = written {
            outcomes[at].fail(error);
            outcomes.iter_mut().for_each(Outcome::interrupt);
        }
        decide(outcomes, plots, &commons);
        for at in (0..plots.len()).rev() {
            outcomes[at].end(&mut writer, at, &plots[at]).await;
            outcomes[at].doubt_key(&plots[at].planned, &context.made);
        }
        Ok(())
    }
}

/// How each resource has ended, as far as its reading goes. A child whose parent was not read to its
/// end lacks something, too.
fn decide(outcomes: &mut [Outcome], plots: &[Plot], commons: &[Arc<Common>]) {
    for at in 0..plots.len() {
        let parent = plots[at].parent.map(|parent| {
            let Outcome { status, came_to_end, is_whole, .. } = outcomes[parent];
            Above { name: plots[parent].planned.spec.name, status, came_to_end, is_whole }
        });
        outcomes[at].decide(&plots[at], &commons[at], parent);
    }
}

/// The names of the children of a resource.
fn children(plots: &[Plot], at: usize) -> impl Iterator<Item = &'static str> + '_ {
    let children = plots.iter().filter(move |plot| plot.parent == Some(at));
    children.map(|plot| plot.planned.spec.name)
}
