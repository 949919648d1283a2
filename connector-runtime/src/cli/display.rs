//! What a person sees while the program runs: a line for each running resource on a terminal,
//! log lines elsewhere.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::HumanCount;
use tokio::time::Instant;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;

use super::args::Volume;
use super::log::{self, Filter, Form};
use super::otel::Telemetry;
use super::stderr::{LogWriter, Stderr};
use super::watching::Watching;
use crate::report::{Event, Observer, WaitReason, cut, printable};

/// Lines at most, whatever the height of the terminal; the rest is counted.
const MOST_LINES: usize = 8;
/// Characters of a resource's name.
const MOST_NAME: usize = 24;
/// How often the lines are drawn anew.
const TICK: Duration = Duration::from_millis(120);

/// What is told of a run while it goes on.
#[derive(Debug)]
pub(super) struct Display {
    running: Running,
    /// `None`: of a test.
    log: Option<LogWriter>,
    telemetry: Option<Telemetry>,
}

/// What runs; whoever draws it looks at it.
pub(super) type Running = Arc<Mutex<Resources>>;

/// Resources in the order in which they began.
#[derive(Debug, Default)]
pub(super) struct Resources {
    /// There is a terminal, and somebody wants to see them.
    is_shown: bool,
    list: Vec<Line>,
}

/// A resource that runs.
#[derive(Debug)]
struct Line {
    resource: &'static str,
    progress: Progress,
}

/// What the screen shows.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// Names, of one width, and how far they are.
    pub(super) lines: Vec<(String, String)>,
    /// How many others there are.
    pub(super) more: usize,
}

impl Resources {
    pub(super) fn shown(&self, now: Instant) -> Shown {
        if !self.is_shown {
            return Shown::default();
        }
        let names = self.list.iter().map(|line| line.resource.chars().count());
        let width = names.max().unwrap_or(0).min(MOST_NAME);
        let name = |line: &Line| format!("{:width$}", cut(line.resource, width));
        let lines = self.list.iter().take(MOST_LINES);
        let lines = lines.map(|line| (name(line), line.progress.text(now))).collect();
        Shown { lines, more: self.list.len().saturating_sub(MOST_LINES) }
    }

    fn find(&mut self, resource: &str) -> Option<&mut Progress> {
        let line = self.list.iter_mut().find(|line| line.resource == resource)?;
        Some(&mut line.progress)
    }
}

pub(super) fn lock(running: &Running) -> MutexGuard<'_, Resources> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How far a resource is.
#[derive(Debug)]
struct Progress {
    started: Instant,
    rows: u64,
    total: Option<u64>,
    pages: u64,
    total_pages: Option<u64>,
    retries: u64,
    /// Until when a request waits, and why.
    waiting: Option<(Instant, String)>,
}

impl Display {
    /// Shows nothing.
    pub(super) fn hidden() -> Self {
        Self { running: Running::default(), log: None, telemetry: None }
    }

    /// Takes over standard error: progress lines if it is a terminal, and the log. What is for a
    /// collector goes there.
    pub(super) fn start(
        stderr: &Stderr,
        is_terminal: bool,
        volume: Volume,
        watching: &Watching,
        telemetry: Option<Telemetry>,
    ) -> Self {
        let is_shown = is_terminal && volume != Volume::Quiet && !watching.json_log;
        let filter = watching.log.clone().unwrap_or_else(|| Filter::new(volume, is_shown));
        let form = Form::new(watching.json_log, is_terminal);
        let log = LogWriter::new(stderr.clone(), form);
        let mut layers = vec![log::layer(log.clone(), filter, form)];
        layers.extend(telemetry.as_ref().and_then(Telemetry::layer));
        // somebody who has a subscriber of their own keeps it
        let _ = tracing::subscriber::set_global_default(registry().with(layers));
        lock(stderr.running()).is_shown = is_shown;
        Self { running: stderr.running().clone(), log: Some(log), telemetry }
    }

    /// Nothing more happens.
    pub(super) fn end(&self) {
        let Some(log) = &self.log else { return };
        if let Some(telemetry) = &self.telemetry {
            // a signal may come meanwhile
            telemetry.end(|| log.stderr().is_hurried());
        }
        log.end();
    }

    /// Draws the lines anew, as long as the program runs.
    pub(super) async fn tick(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(TICK);
        while lock(&self.running).is_shown {
            ticks.tick().await;
            self.draw();
        }
    }

    fn draw(&self) {
        if let Some(log) = &self.log {
            log.stderr().draw();
        }
    }
}

impl Observer for Display {
    fn event(&self, event: &Event<'_>) {
        let mut running = lock(&self.running);
        match *event {
            Event::Started { resource } => {
                if running.find(resource).is_none() {
                    running.list.push(Line { resource, progress: Progress::new() });
                }
            }
            Event::Page { resource, rows, total, total_pages, traffic } => {
                if let Some(progress) = running.find(resource) {
                    let (pages, retries) = (traffic.pages, traffic.retries.max(progress.retries));
                    let (started, waiting) = (progress.started, None);
                    *progress =
                        Progress { started, rows, total, pages, total_pages, retries, waiting };
                }
            }
            Event::Waiting { resource, why, wait, reason } => {
                if let Some(progress) = running.find(resource) {
                    progress.wait(why, wait, reason);
                }
            }
            Event::Ended { report } => {
                if let Some(telemetry) = &self.telemetry {
                    telemetry.record(report);
                }
                running.list.retain(|line| line.resource != report.resource);
            }
        }
        let is_drawn = running.is_shown;
        drop(running);
        if is_drawn && matches!(event, Event::Started { .. } | Event::Ended { .. }) {
            self.draw();
        }
    }
}

impl Progress {
    fn new() -> Self {
        Self {
            started: Instant::now(),
            rows: 0,
            total: None,
            pages: 0,
            total_pages: None,
            retries: 0,
            waiting: None,
        }
    }

    fn wait(&mut self, why: WaitReason, wait: Duration, reason: &str) {
        self.retries += u64::from(why == WaitReason::Retry);
        let reason = printable(reason).replace('\n', " ");
        self.waiting = Some((Instant::now() + wait, reason));
    }

    /// What matters most comes first: the rest may have no room.
    fn text(&self, now: Instant) -> String {
        let mut parts = Vec::new();
        if self.pages > 0 {
            let of = self.total.map(|total| format!(" of {}", HumanCount(total)));
            parts.push(format!("{}{} rows", HumanCount(self.rows), of.unwrap_or_default()));
        }
        let waiting = self.waiting.as_ref().and_then(|(until, reason)| {
            let left = until.checked_duration_since(now)?;
            // a second that has begun is told
            Some((left.as_secs() + u64::from(left.subsec_nanos() > 0), reason))
        });
        if let Some((seconds, reason)) = waiting {
            parts.extend(self.retried());
            parts.push(format!("waiting {seconds} s: {reason}"));
        } else if self.pages > 0 {
            let elapsed = now.duration_since(self.started).as_secs_f64().max(0.001);
            // a float of a duration: precise enough for a rate
            parts.push(format!("{}/s", HumanCount((self.rows as f64 / elapsed) as u64)));
            let of = self.total_pages.map(|total| format!(" of {}", HumanCount(total)));
            parts.push(format!("page {}{}", HumanCount(self.pages), of.unwrap_or_default()));
            parts.extend(self.retried());
        } else {
            parts.push("waiting for the first page".to_owned());
            parts.extend(self.retried());
        }
        parts.join(", ")
    }

    fn retried(&self) -> Option<String> {
        match self.retries {
            0 => None,
            1 => Some("1 retry".to_owned()),
            many => Some(format!("{} retries", HumanCount(many))),
        }
    }
}

/// For work that does not tell when a resource ends: the next one takes its line.
#[derive(Debug)]
pub(super) struct OneByOne(pub(super) Arc<Display>);

impl Observer for OneByOne {
    fn event(&self, event: &Event<'_>) {
        if let Event::Started { .. } = event {
            lock(&self.0.running).list.clear();
        }
        self.0.event(event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Traffic;

    fn text_of(display: &Display, resource: &str, after: u64) -> String {
        let mut running = lock(&display.running);
        let progress = running.find(resource).unwrap();
        progress.text(progress.started + Duration::from_secs(after))
    }

    fn page(rows: u64, total: Option<u64>) -> Event<'static> {
        let traffic = Traffic { pages: 2, retries: 1, ..Traffic::default() };
        let total_pages = total.map(|_| 5);
        Event::Page { resource: "comments", rows, total, total_pages, traffic }
    }

    #[tokio::test(start_paused = true)]
    async fn a_line_says_how_far_how_fast_and_what_it_waits_for() {
        let display = Display::hidden();
        display.event(&Event::Started { resource: "comments" });
        assert_eq!(text_of(&display, "comments", 2), "waiting for the first page");
        let why = WaitReason::Retry;
        let (wait, reason) = (Duration::from_millis(1_500), "the API answered 503:\n\x1b[1m");
        let retry = Event::Waiting { resource: "comments", why, wait, reason };
        display.event(&retry);
        let waiting = "1 retry, waiting 2 s: the API answered 503: \\u{1b}[1m";
        assert_eq!(text_of(&display, "comments", 0), waiting);
        assert_eq!(text_of(&display, "comments", 2), "waiting for the first page, 1 retry");
        display.event(&page(5_000, None));
        assert_eq!(text_of(&display, "comments", 2), "5,000 rows, 2,500/s, page 2, 1 retry");
        display.event(&page(5_000, Some(12_345)));
        let text = "5,000 of 12,345 rows, 2,500/s, page 2 of 5, 1 retry";
        assert_eq!(text_of(&display, "comments", 2), text);
        // it has one line however often it begins
        display.event(&Event::Started { resource: "comments" });
        assert_eq!(lock(&display.running).list.len(), 1);
        display.event(&retry);
        let text = "5,000 of 12,345 rows, 2 retries, waiting 1 s: the API answered 503: \\u{1b}[1m";
        assert_eq!(text_of(&display, "comments", 1), text);
    }

    #[test]
    fn lines_are_few_and_the_rest_is_counted() {
        let display = Display::hidden();
        let names: Vec<&'static str> =
            (0..20).map(|number| &*format!("resource_{number}").leak()).collect();
        for resource in &names {
            display.event(&Event::Started { resource });
        }
        let running = &display.running;
        assert_eq!(lock(running).shown(Instant::now()).lines.len(), 0);
        lock(running).is_shown = true;
        let shown = lock(running).shown(Instant::now());
        assert_eq!((shown.lines.len(), shown.more), (MOST_LINES, 12));
        assert_eq!(shown.lines[0].0, "resource_0 ");
    }
}
