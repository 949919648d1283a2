//! [`Ground`]: a tree before it is read: what is remembered of it, and who reads what.

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;
use tracing::{Instrument, Span};

use super::children::{Led, Link, Used, Way, columns_of};
use super::desk::{Desk, Visible};
use super::family::{Family, Recalled, appends, visible};
use super::ledger::{Ledger, Rules, following};
use super::node::{Node, Pass};
use super::post::Outbox;
use super::reached::Reached;
use super::reader::{Done, Queue, Reader};
use super::standing::own_key;
use super::tree::{Context, Plot};
use crate::destination::Destination;
use crate::error::{Error, Result};
use crate::plan::Planned;
use crate::schema::arrow_schema;
use crate::spec::{ConnectorSpec, ResourceSpec};
use crate::state::State;

/// Partitions that are asked about at once.
pub(super) const ASKED_AT_ONCE: usize = 1_000;

/// Those who read, with the places of their resources in the tree.
pub(super) type Readers = JoinSet<(usize, Done)>;

/// A tree before it is read.
pub(super) struct Ground {
    nodes: Vec<Arc<Node>>,
    queues: Vec<Queue>,
    ledger: Ledger,
    desks: Vec<Desk>,
    /// What is read of the root.
    roots: Led,
    /// The way to its readers.
    root: Way,
    outbox: Outbox,
}

/// What is found out of a tree, resource by resource.
struct Survey<'a> {
    context: &'a Context,
    plots: &'a [Plot],
    load_ids: &'a [i64],
    family: Family<'a>,
    ledger: Ledger,
}

impl Ground {
    /// # Errors
    ///
    /// When a state cannot be read or is another's: with the place of the resource.
    pub(super) async fn prepare(
        context: &Context,
        plots: &[Plot],
        load_ids: &[i64],
        destination: &mut dyn Destination,
        outbox: Outbox,
    ) -> Result<Self, (usize, Error)> {
        let family = Family::new(&context.source.instance, &context.scope, plots)?;
        let ledger = Ledger::default();
        let mut survey = Survey { context, plots, load_ids, family, ledger };
        for at in 0..plots.len() {
            survey.enter(at);
        }
        let mut passes = Vec::new();
        for at in 0..plots.len() {
            passes.push(survey.recall(at, destination).await.map_err(|error| (at, error))?);
        }
        let limits = destination.limits();
        let (ways, queues): (Vec<_>, Vec<_>) = plots.iter().map(|_| survey.way()).unzip();
        let mut nodes = Vec::new();
        let mut desks = Vec::new();
        for at in 0..plots.len() {
            let node = survey.node(at, &passes, &ways, limits, &outbox);
            let node = node.map_err(|error| (at, error))?;
            desks.push(survey.desk(at, &node));
            nodes.push(Arc::new(node));
        }
        let roots = survey.family.roots().map_err(|error| (0, error))?;
        let root = ways[0].clone();
        Ok(Self { nodes, queues, ledger: survey.ledger, desks, roots, root, outbox })
    }

    /// Sends the readers out. `spans`: those of the resources.
    ///
    /// # Errors
    ///
    /// When a resource cannot be read at all.
    pub(super) fn sow(
        self,
        spans: &[Span],
    ) -> Result<(Readers, Ledger, Vec<Desk>), (usize, Error)> {
        let Self { nodes, queues, ledger, desks, roots, root, outbox } = self;
        let mut readers = Readers::new();
        for (at, (node, queue)) in nodes.into_iter().zip(queues).enumerate() {
            let first = Reader::new(node.clone()).map_err(|error| (at, error))?;
            for _ in 1..node.readers() {
                let other = first.beside().map_err(|error| (at, error))?;
                let queue = queue.clone();
                let work = async move { (at, other.read(queue).await) };
                readers.spawn(work.instrument(spans[at].clone()));
            }
            let work = async move { (at, first.read(queue).await) };
            readers.spawn(work.instrument(spans[at].clone()));
        }
        tokio::spawn(feed(roots, root, outbox));
        Ok((readers, ledger, desks))
    }
}

/// Asks for the partitions of the root, some at a time.
async fn feed(roots: Led, root: Way, outbox: Outbox) {
    let Led { mut wants, mut bindings, .. } = roots;
    while !wants.is_empty() {
        let some = wants.len().min(ASKED_AT_ONCE);
        let wants: Vec<_> = wants.drain(..some).collect();
        let led = Led { wants, bindings: bindings.drain(..some).collect(), ..Led::default() };
        let Ok(asked) = outbox.ask(None, led.wants.clone(), Vec::new()).await else { return };
        led.hand_over(std::slice::from_ref(&root), asked).await;
    }
}

impl Survey<'_> {
    fn enter(&mut self, at: usize) {
        let rules = Rules {
            load_id: self.load_ids[at],
            children: self.family.children(at),
            below: self.family.below(at),
            is_followed: self.family.is_followed(at),
            holds: !appends(&self.plots[at].planned),
            column: self.plots[at].planned.spec.incremental.map(|spec| spec.cursor),
        };
        self.ledger.add(rules);
    }

    /// Holds what is remembered of a resource as a whole, and decides under which number its
    /// partitions are read.
    async fn recall(
        &mut self,
        at: usize,
        destination: &mut dyn Destination,
    ) -> Result<Option<Pass>> {
        let Some(Recalled { own, follows }) = self.family.recall(at, destination).await? else {
            self.hold_nothing(at);
            return Ok(None);
        };
        if let Some(follows) = follows {
            self.ledger.hold(at, &own_key(&following(""), self.family.part), follows);
        }
        if self.family.has_partitions(at) {
            let key = own_key("", self.context.scope.part);
            let pass = self.pass(at, own.as_ref());
            self.ledger.hold(at, &key, own);
            self.ledger.change(at, &key, |state| {
                state.complete = false;
                state.pass = Some(pass.load_id);
                state.began = Some(pass.began);
            });
            return Ok(Some(pass));
        }
        self.ledger.hold(at, &own_key("", self.family.part), own);
        Ok(None)
    }

    fn hold_nothing(&mut self, at: usize) {
        if !self.family.has_partitions(at) {
            self.ledger.hold(at, &own_key("", self.family.part), None);
        }
    }

    /// An interrupted reading of partitions goes on, if it is young.
    fn pass(&self, at: usize, before: Option<&State>) -> Pass {
        let planned = &self.plots[at].planned;
        let now = self.context.now;
        let new = Pass { load_id: self.load_ids[at], began: now };
        let goes_on = visible(planned) != Visible::AtEnd
            && planned.write.delete_missing.is_none()
            && !self.family.feeds_a_whole(at);
        let before = before.filter(|state| goes_on && !state.complete);
        let before =
            before.and_then(|state| Some(Pass { load_id: state.pass?, began: state.began? }));
        let is_young =
            |pass: &Pass| now.duration_since(pass.began).unsigned_abs() < planned.resume_within;
        before.filter(is_young).unwrap_or(new)
    }

    /// The way to the readers of a resource, and its other end.
    fn way(&self) -> (Way, Queue) {
        let (queue, visits) = mpsc::channel(2 * self.context.source.client.concurrency().max(1));
        (Way { queue, common: Arc::default() }, Arc::new(Mutex::new(visits)))
    }

    fn node(
        &self,
        at: usize,
        passes: &[Option<Pass>],
        ways: &[Way],
        limits: crate::destination::Limits,
        outbox: &Outbox,
    ) -> Result<Node> {
        let planned = &self.plots[at].planned;
        let site = self.family.site(at, self.context.now)?;
        let instance = &self.context.source.instance;
        let children = self.family.children(at);
        let link =
            |child: &usize| Link::new(instance, planned, &self.plots[*child].planned, *child);
        let links: Vec<_> = children.iter().map(link).collect::<Result<_>>()?;
        Ok(Node {
            index: at,
            site,
            source: self.context.source.clone(),
            limits,
            part: self.family.part.filter(|_| at == 0),
            dividing: dividing_columns(instance.spec, planned),
            links,
            ways: children.iter().map(|child| ways[*child].clone()).collect(),
            outbox: outbox.clone(),
            common: ways[at].common.clone(),
            observer: self.context.observer.clone(),
            pass: passes[at],
        })
    }

    fn desk(&self, at: usize, node: &Node) -> Desk {
        let load = self.plots[at].load.clone();
        let visible = if load.is_some() { visible(&node.site.planned) } else { Visible::Batchwise };
        let pass = node.pass.map(|pass| (pass.load_id, own_key("", self.context.scope.part)));
        let schema = arrow_schema(node.site.planned.spec.fields);
        let mut desk = Desk::new(node.common.clone(), load, schema, visible, pass);
        desk.is_stateless = self.context.scope.is_stateless();
        let state = self.ledger.state(at, &own_key("", self.family.part));
        desk.reached = Reached::from(state.and_then(|state| state.cursor.clone()));
        desk.descendants = node.site.descendants.clone();
        desk.batch_rows = self.context.source.batch_rows;
        desk
    }
}

/// The columns by which the rows of a resource are divided: those that its children use, whichever of
/// them are loaded.
fn dividing_columns(connector: &ConnectorSpec, planned: &Planned) -> Vec<Used> {
    let mut dividing: Vec<Used> = Vec::new();
    let is_child = |spec: &&&'static ResourceSpec| {
        spec.parent.is_some_and(|parent| parent.resource == planned.spec.name)
    };
    for child in connector.resources.iter().filter(is_child) {
        for used in columns_of(planned, &Planned::new(connector, child)) {
            if !dividing.iter().any(|other| other.index == used.index) {
                dividing.push(used);
            }
        }
    }
    dividing
}
