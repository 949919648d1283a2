//! Runs, and what goes wrong with them.

use std::sync::Arc;
use std::time::Duration;

use connector_runtime::CancellationToken;
use connector_runtime::destination::Part;
use connector_runtime::report::Report;
use connector_tests::sim::{Random, Seen, Session, Trouble, What, instant};

use crate::faulty::{Fault, Faulty};
use crate::variant::Variant;
use crate::world::World;

/// Nothing takes so long: where all wait for each other, this is the next thing that happens.
const FOR_EVER: Duration = Duration::from_secs(1_000_000);

/// What of a connector a run loads.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Share {
    /// One of several parts.
    pub(crate) part: Option<Part>,
    /// This resource only.
    pub(crate) only: Option<&'static str>,
    /// What has a cursor in this range, whatever was loaded before.
    pub(crate) range: Option<(i64, i64)>,
    /// One request at a time.
    pub(crate) in_order: bool,
}

/// What goes wrong with a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wrong {
    /// With a request.
    pub(crate) request: Option<Trouble>,
    /// With a commit.
    pub(crate) commit: Option<Fault>,
    /// What stops the run, if the request does.
    pub(crate) cancel: CancellationToken,
}

/// How a run ended.
pub(crate) struct Outcome {
    /// `None`: with its process.
    pub(crate) report: Option<Report>,
    /// What the API saw of it.
    pub(crate) seen: Seen,
}

impl Wrong {
    /// Nothing, as often as not.
    pub(crate) fn any(variant: &Variant, random: &mut Random) -> Self {
        let cancel = CancellationToken::new();
        let nothing = Self { cancel: cancel.clone(), ..Self::default() };
        let at = 1 + random.below(*random.clone().pick(&[3, 8, 25]));
        let what = match random.below(12) {
            0..=3 => return nothing,
            4..=6 => {
                let (after, crash) = (random.chance(50), random.chance(70));
                let at = 1 + random.below(*random.clone().pick(&[1, 3, 8]));
                return Self { commit: Some(Fault { at, after, crash }), ..nothing };
            }
            7 => What::Crash,
            8 => What::Cancel(cancel),
            9 => What::Silence,
            10 => What::Status(500),
            // it concerns this request only
            _ => What::Status(404),
        };
        let on = random.chance(30).then(|| random.pick(&variant.resources).name);
        let trouble = Trouble { at, on, lasts: random.chance(60), what };
        Self { request: Some(trouble), ..nothing }
    }
}

/// Runs a sync, or a share of one, in a process of its own, so to speak.
pub(crate) fn run(world: &mut World, wrong: Wrong, share: Share) -> Outcome {
    let most = if share.in_order { 1 } else { *world.random.pick(&[1, 4, 10]) };
    let at_once = 1 + world.random.below(most);
    let Wrong { request, commit, .. } = &wrong;
    world.api.say(format!("run {share:?}, {at_once} at once; {request:?} {commit:?}"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let outcome = runtime.block_on(begin(world, wrong, share, at_once));
    drop(runtime);
    let said = match &outcome.report {
        Some(report) => summary(report),
        None => "  the process ended".to_owned(),
    };
    world.api.say(said);
    outcome
}

/// Several runs at the same time.
pub(crate) fn run_at_once(world: &mut World, shares: &[Share]) -> Vec<Outcome> {
    world.api.say(format!("run {} at the same time, such as {:?}", shares.len(), shares[0]));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let outcomes = runtime.block_on(async {
        let runs = shares.iter().map(|share| begin(world, Wrong::default(), *share, 4));
        let mut runs: Vec<_> = runs.map(Box::pin).collect();
        let mut outcomes = Vec::new();
        // each is polled whenever one of them is woken
        std::future::poll_fn(|context| {
            runs.retain_mut(|run| match run.as_mut().poll(context) {
                std::task::Poll::Ready(outcome) => {
                    outcomes.push(outcome);
                    false
                }
                std::task::Poll::Pending => true,
            });
            if runs.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
        .await;
        outcomes
    });
    for outcome in &outcomes {
        world.api.say(outcome.report.as_ref().map(summary).unwrap_or_default());
    }
    outcomes
}

fn begin(
    world: &World,
    wrong: Wrong,
    share: Share,
    at_once: usize,
) -> impl Future<Output = Outcome> + use<> {
    let crash = CancellationToken::new();
    let session = Arc::new(Session::new(world.api.clone(), wrong.request, crash.clone()));
    let destination = Faulty {
        inner: world.store.destination(),
        fault: wrong.commit,
        commits: 0,
        crash: crash.clone(),
    };
    let mut run = (world.variant.sync)(&world.setup)
        .transport(session.clone())
        .destination(destination)
        .cancel_with(wrong.cancel)
        .now(instant(world.now()))
        .max_concurrency(at_once)
        .batch_rows(world.batch_rows)
        // where it takes a moment until the lease of the last process is given back
        .lease_timeout(Duration::from_secs(3600));
    if let Some(part) = share.part {
        run = run.partition(part);
    }
    if let Some(resource) = share.only {
        run = run.resources([resource]);
    }
    if let Some((from, to)) = share.range {
        run = run.range(instant(from).to_string(), instant(to).to_string());
    }
    async move {
        let report = tokio::select! {
            biased;
            () = crash.cancelled() => None,
            report = tokio::time::timeout(FOR_EVER, run.run()) => {
                Some(report.expect("the run comes to its end"))
            }
        };
        Outcome { report, seen: session.seen() }
    }
}

fn summary(report: &Report) -> String {
    let mut text = String::new();
    if let Some(error) = &report.error {
        text += &format!("  the run: {error}\n");
    }
    for resource in &report.resources {
        let (status, rows) = (resource.status, resource.rows);
        text += &format!("  {}: {status:?} {rows:?} {:?}", resource.resource, resource.traffic);
        for warning in &resource.warnings {
            text += &format!("\n    warning: {warning}");
        }
        if let Some(error) = &resource.error {
            text += &format!("\n    error: {error}");
        }
        text.push('\n');
    }
    text.trim_end().to_owned()
}
