//! What a person sees while the program runs: a line for each running resource on a terminal,
//! log lines elsewhere.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{HumanCount, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tracing::Level;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, fmt, registry};

use super::args::Volume;
use crate::report::{Event, Observer, REPORTED, printable};

/// Lines of running resources, and the log above them.
#[derive(Debug)]
pub(super) struct Display {
    lines: MultiProgress,
    running: Mutex<HashMap<&'static str, Line>>,
}

#[derive(Debug)]
struct Line {
    bar: ProgressBar,
    started: Instant,
    /// How far it is; empty before the first page.
    progress: String,
}

impl Display {
    /// Shows nothing.
    pub(super) fn hidden() -> Self {
        Self::new(ProgressDrawTarget::hidden())
    }

    /// Takes over standard error: progress lines if it is a terminal, and the log.
    pub(super) fn start(is_terminal: bool, volume: Volume) -> Self {
        let display = match is_terminal && volume != Volume::Quiet {
            true => Self::new(ProgressDrawTarget::stderr()),
            false => Self::hidden(),
        };
        let level = match volume {
            // the progress line says what goes well
            Volume::Normal if is_terminal => Level::WARN,
            Volume::Normal => Level::INFO,
            Volume::Quiet => Level::ERROR,
            Volume::Verbose => Level::DEBUG,
        };
        let filter = Targets::new()
            .with_target("connector_runtime", level)
            // these lines come with the summary
            .with_target(REPORTED, LevelFilter::OFF);
        let lines = fmt::layer()
            .with_ansi(false)
            .with_target(false)
            .with_writer(LogWriter(display.lines.clone()));
        // somebody who has a subscriber of their own keeps it
        let _ = match is_terminal {
            true => tracing::subscriber::set_global_default(
                registry().with(lines.without_time().with_filter(filter)),
            ),
            false => {
                tracing::subscriber::set_global_default(registry().with(lines.with_filter(filter)))
            }
        };
        display
    }

    fn new(target: ProgressDrawTarget) -> Self {
        Self { lines: MultiProgress::with_draw_target(target), running: Mutex::default() }
    }

    /// Takes the lines of running resources away.
    pub(super) fn clear(&self) {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).clear();
        // a terminal that is gone shows nothing anyway
        let _ = self.lines.clear();
    }

    fn begin(&self, resource: &'static str) -> Line {
        let style = ProgressStyle::with_template("{spinner} {prefix}  {wide_msg}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = self.lines.add(ProgressBar::new_spinner());
        bar.set_style(style);
        bar.set_prefix(resource);
        bar.set_message("waiting for the first page");
        if !self.lines.is_hidden() {
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        Line { bar, started: Instant::now(), progress: String::new() }
    }
}

impl Observer for Display {
    fn event(&self, event: &Event<'_>) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        match *event {
            Event::Started { resource } => {
                running.entry(resource).or_insert_with(|| self.begin(resource));
            }
            Event::Page { resource, rows, total, .. } => {
                if let Some(line) = running.get_mut(resource) {
                    line.progress = page_message(rows, total, line.started.elapsed());
                    line.bar.set_message(line.progress.clone());
                }
            }
            Event::Waiting { resource, wait, reason } => {
                if let Some(line) = running.get(resource) {
                    line.bar.set_message(wait_message(&line.progress, wait, reason));
                }
            }
            Event::Ended { report } => {
                if let Some(line) = running.remove(report.resource) {
                    line.bar.finish_and_clear();
                }
            }
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

fn page_message(rows: u64, total: Option<u64>, elapsed: Duration) -> String {
    let of = total.map(|total| format!(" of {}", HumanCount(total))).unwrap_or_default();
    // a float of a duration: precise enough for a rate
    let rate = (rows as f64 / elapsed.as_secs_f64().max(0.001)) as u64;
    format!("{}{of} rows, {} rows/s", HumanCount(rows), HumanCount(rate))
}

/// Where several requests are on their way, others come while one waits: what they say stays.
fn wait_message(progress: &str, wait: Duration, reason: &str) -> String {
    let separator = if progress.is_empty() { "" } else { "; " };
    let reason = printable(reason).replace('\n', " ");
    format!("{progress}{separator}waiting {:.1} s: {reason}", wait.as_secs_f64())
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

    #[test]
    fn a_line_says_how_far_and_how_fast() {
        let two_seconds = Duration::from_secs(2);
        assert_eq!(page_message(5_000, None, two_seconds), "5,000 rows, 2,500 rows/s");
        assert_eq!(
            page_message(5_000, Some(12_345), two_seconds),
            "5,000 of 12,345 rows, 2,500 rows/s"
        );
    }

    #[test]
    fn a_line_says_what_it_waits_for() {
        let time = Duration::from_millis(1_500);
        let message = wait_message("", time, "the API answered 429:\n\x1b[1m");
        assert_eq!(message, "waiting 1.5 s: the API answered 429: \\u{1b}[1m");
        let message = wait_message("7 rows, 3 rows/s", time, "rate limit");
        assert_eq!(message, "7 rows, 3 rows/s; waiting 1.5 s: rate limit");
    }

    #[test]
    fn a_resource_has_one_line_however_often_it_begins() {
        let display = Display::hidden();
        let line = |event: Event<'_>| {
            display.event(&event);
            let running = display.running.lock().unwrap();
            assert_eq!(running.len(), 1);
            running["comments"].bar.message()
        };
        let page = |rows| Event::Page {
            resource: "comments",
            rows,
            total: None,
            traffic: Traffic::default(),
        };
        assert_eq!(line(Event::Started { resource: "comments" }), "waiting for the first page");
        assert!(line(page(5)).starts_with("5 rows, "));
        assert!(line(Event::Started { resource: "comments" }).starts_with("5 rows, "));
        let wait = Event::Waiting {
            resource: "comments",
            wait: Duration::from_secs(2),
            reason: "rate limit",
        };
        assert!(line(wait).ends_with("rows/s; waiting 2.0 s: rate limit"));
        assert!(line(page(9)).starts_with("9 rows, "));
    }
}
