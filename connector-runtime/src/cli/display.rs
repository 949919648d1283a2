//! What a person sees while the program runs: a line for each running resource on a terminal,
//! log lines elsewhere.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{HumanCount, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::Instant;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;

use super::args::Volume;
use super::log::{self, Filter};
use super::otel::Telemetry;
use super::watching::Watching;
use crate::report::{Event, Observer, WaitReason, cut, printable};

/// Lines at most, whatever the height of the terminal; the rest is counted.
const MOST_LINES: usize = 8;
/// Characters of a resource's name.
const MOST_NAME: usize = 24;
/// How often the lines are drawn anew.
const TICK: Duration = Duration::from_millis(120);

/// Lines of running resources, and the log above them.
#[derive(Debug)]
pub(super) struct Display {
    lines: MultiProgress,
    running: Mutex<Running>,
    telemetry: Option<Telemetry>,
}

/// What runs, in the order in which it began.
#[derive(Debug, Default)]
struct Running {
    resources: VecDeque<Line>,
    /// Says how many others run.
    more: Option<ProgressBar>,
}

/// A resource that runs.
#[derive(Debug)]
struct Line {
    resource: &'static str,
    /// `None`: there is no room for it.
    bar: Option<ProgressBar>,
    progress: Progress,
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
        Self::new(ProgressDrawTarget::hidden(), None)
    }

    /// Takes over standard error: progress lines if it is a terminal, and the log. What is for a
    /// collector goes there.
    pub(super) fn start(
        is_terminal: bool,
        volume: Volume,
        watching: &Watching,
        telemetry: Option<Telemetry>,
    ) -> Self {
        let is_shown = is_terminal && volume != Volume::Quiet && !watching.json_log;
        let target = match is_shown {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        let display = Self::new(target, telemetry);
        let filter = watching.log.clone().unwrap_or_else(|| Filter::new(volume, is_shown));
        let writer = LogWriter(display.lines.clone());
        let mut layers = vec![log::layer(writer, filter, watching.json_log, is_terminal)];
        layers.extend(display.telemetry.as_ref().and_then(Telemetry::layer));
        // somebody who has a subscriber of their own keeps it
        let _ = tracing::subscriber::set_global_default(registry().with(layers));
        display
    }

    fn new(target: ProgressDrawTarget, telemetry: Option<Telemetry>) -> Self {
        let lines = MultiProgress::with_draw_target(target);
        Self { lines, running: Mutex::default(), telemetry }
    }

    /// Nothing more happens. `is_hurried`: the program was told to stop.
    pub(super) fn end(&self, is_hurried: bool) {
        if let Some(telemetry) = &self.telemetry {
            telemetry.end(is_hurried);
        }
    }

    /// Takes the lines of running resources away.
    pub(super) fn clear(&self) {
        *self.running() = Running::default();
        // a terminal that is gone shows nothing anyway
        let _ = self.lines.clear();
    }

    /// Draws the lines anew, as long as the program runs.
    pub(super) async fn tick(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(TICK);
        while !self.lines.is_hidden() {
            ticks.tick().await;
            self.draw();
        }
    }

    fn draw(&self) {
        let running = self.running();
        let names = running.resources.iter().map(|line| line.resource.chars().count());
        let width = names.max().unwrap_or(0).min(MOST_NAME);
        let now = Instant::now();
        for line in &running.resources {
            if let Some(bar) = &line.bar {
                bar.set_prefix(format!("{:width$}", cut(line.resource, width)));
                bar.set_message(line.progress.text(now));
                bar.tick();
            }
        }
    }

    /// Gives lines to resources as far as there is room.
    fn make_room(&self, running: &mut Running) {
        let shown = running.resources.iter().filter(|line| line.bar.is_some()).count();
        let free = MOST_LINES - shown.min(MOST_LINES);
        for line in running.resources.iter_mut().filter(|line| line.bar.is_none()).take(free) {
            let at = running.more.as_ref();
            let bar =
                ProgressBar::new_spinner().with_style(style("{spinner} {prefix}  {wide_msg}"));
            line.bar = Some(match at {
                Some(more) => self.lines.insert_before(more, bar),
                None => self.lines.add(bar),
            });
        }
        let rest = running.resources.iter().filter(|line| line.bar.is_none()).count();
        match rest {
            0 => {
                if let Some(more) = running.more.take() {
                    more.finish_and_clear();
                    self.lines.remove(&more);
                }
            }
            _ => {
                let more = running.more.get_or_insert_with(|| {
                    self.lines.add(ProgressBar::new_spinner().with_style(style("  {wide_msg}")))
                });
                more.set_message(format!("and {rest} more"));
                more.tick();
            }
        }
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

impl Observer for Display {
    fn event(&self, event: &Event<'_>) {
        let mut running = self.running();
        let find = |running: &Running, resource: &str| {
            running.resources.iter().position(|line| line.resource == resource)
        };
        match *event {
            Event::Started { resource } => {
                if find(&running, resource).is_none() {
                    let progress = Progress::new();
                    running.resources.push_back(Line { resource, bar: None, progress });
                    self.make_room(&mut running);
                }
            }
            Event::Page { resource, rows, total, total_pages, traffic } => {
                if let Some(at) = find(&running, resource) {
                    let progress = &mut running.resources[at].progress;
                    let (pages, retries) = (traffic.pages, traffic.retries.max(progress.retries));
                    let (started, waiting) = (progress.started, None);
                    *progress =
                        Progress { started, rows, total, pages, total_pages, retries, waiting };
                }
            }
            Event::Waiting { resource, why, wait, reason } => {
                if let Some(at) = find(&running, resource) {
                    running.resources[at].progress.wait(why, wait, reason);
                }
            }
            Event::Ended { report } => {
                if let Some(telemetry) = &self.telemetry {
                    telemetry.record(report);
                }
                if let Some(at) = find(&running, report.resource) {
                    if let Some(bar) = running.resources.remove(at).and_then(|line| line.bar) {
                        bar.finish_and_clear();
                        self.lines.remove(&bar);
                    }
                    self.make_room(&mut running);
                }
            }
        }
        drop(running);
        if let Event::Started { .. } = event {
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
            self.0.clear();
        }
        self.0.event(event);
    }
}

/// Writes log lines above the progress lines.
#[derive(Clone)]
struct LogWriter(MultiProgress);

impl<'a> MakeWriter<'a> for LogWriter {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Write for LogWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        // whoever closed standard error does not want the log: no reason to fail
        let _ = self.0.suspend(|| io::stderr().write_all(line));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Traffic;

    fn text_of(display: &Display, resource: &str, after: u64) -> String {
        let running = display.running();
        let line = running.resources.iter().find(|line| line.resource == resource).unwrap();
        line.progress.text(line.progress.started + Duration::from_secs(after))
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
        assert_eq!(display.running().resources.len(), 1);
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
        let running = display.running();
        let shown = running.resources.iter().filter(|line| line.bar.is_some()).count();
        assert_eq!(shown, MOST_LINES);
        let more = running.more.as_ref().map(ProgressBar::message);
        assert_eq!(more.as_deref(), Some("and 12 more"));
    }
}
