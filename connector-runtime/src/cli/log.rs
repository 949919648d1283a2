//! The log: what is in it, as text or as JSON.

use jiff::Timestamp;
use serde_json::{Value, json};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::{Layer, Registry, fmt};

use super::args::Volume;
use crate::report::{Complaints, REPORTED, SPANS};

/// What all targets begin with.
const ROOT: &str = "connector_runtime";

/// The targets, as `--log` has them; `docs/observability.md` says what is in each.
const TARGETS: [&str; 7] = ["auth", "config", "destination", "page", "request", "run", "wait"];

/// What is logged. Other libraries are not: what they log of a request may hold credentials.
#[derive(Clone, Debug)]
pub(super) struct Filter(Targets);

impl Filter {
    /// `LEVEL`, `TARGET=LEVEL`, or several of them, separated by commas. Else what was expected.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut targets = Targets::new();
        for directive in text.split(',').map(str::trim) {
            let (target, level) = match directive.split_once('=') {
                Some((target, level)) => (full(target.trim())?, level.trim()),
                None => (ROOT.to_owned(), directive),
            };
            targets = targets.with_target(target, self::level(level)?);
        }
        Ok(Self(targets))
    }

    /// What is logged if nothing else is said. `is_shown`: on a terminal the line of a resource says
    /// what goes well.
    pub(super) fn new(volume: Volume, is_shown: bool) -> Self {
        let level = match volume {
            Volume::Normal if is_shown => LevelFilter::WARN,
            Volume::Normal => LevelFilter::INFO,
            Volume::Quiet => LevelFilter::ERROR,
            Volume::Verbose => LevelFilter::DEBUG,
            Volume::Loud => LevelFilter::TRACE,
        };
        Self(Targets::new().with_target(ROOT, level))
    }

    /// What goes wrong, for a command whose result is all that is wanted.
    pub(super) fn warnings() -> Self {
        Self(Targets::new().with_target(ROOT, LevelFilter::WARN))
    }

    /// These lines come with the result, and spans are for traces.
    fn without_reported(self) -> Targets {
        self.0.with_target(REPORTED, LevelFilter::OFF).with_target(SPANS, LevelFilter::OFF)
    }
}

fn full(target: &str) -> Result<String, String> {
    let name = target.strip_prefix(ROOT).map_or(target, |rest| rest.trim_start_matches("::"));
    match TARGETS.contains(&name) {
        true => Ok(format!("{ROOT}::{name}")),
        false => Err(format!("levels, or one of the targets {} with a level", TARGETS.join(", "))),
    }
}

fn level(text: &str) -> Result<LevelFilter, String> {
    let expected = "`off`, `error`, `warn`, `info`, `debug` or `trace`";
    // a number would be a level, too, and nobody knows which
    let is_word = text.chars().all(|c| c.is_ascii_alphabetic()) && !text.is_empty();
    is_word.then(|| text.parse().ok()).flatten().ok_or_else(|| expected.to_owned())
}

/// How lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    /// The time is that of the clock on the wall.
    Terminal,
    Text,
}

impl Form {
    pub(super) fn new(is_json: bool, is_terminal: bool) -> Self {
        match (is_json, is_terminal) {
            (true, _) => Self::Json,
            (false, true) => Self::Terminal,
            (false, false) => Self::Text,
        }
    }

    /// Says that lines are missing, whatever else is logged.
    pub(super) fn left_out(self, count: u64) -> String {
        let (lines, were) = if count == 1 { ("line", "was") } else { ("lines", "were") };
        self.warning(&format!("{count} log {lines} {were} left out: standard error was not read"))
    }

    /// A line that is there whatever is logged.
    pub(super) fn warning(self, text: &str) -> String {
        match self {
            Self::Json => {
                format!("{}\n", line("WARN", &format!("{ROOT}::run"), json!({ "message": text })))
            }
            Self::Terminal => format!(" WARN {text}\n"),
            Self::Text => format!("{:.6}  WARN {text}\n", Timestamp::now()),
        }
    }
}

/// Where log lines go.
pub(super) fn layer<W>(
    writer: W,
    filter: Filter,
    form: Form,
) -> Box<dyn Layer<Registry> + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = fmt::layer().with_ansi(false).with_writer(writer);
    let filter = filter.without_reported();
    match form {
        Form::Json => {
            let lines = lines.json().flatten_event(true);
            lines.with_current_span(false).with_span_list(false).with_filter(filter).boxed()
        }
        Form::Terminal => lines.with_target(false).without_time().with_filter(filter).boxed(),
        Form::Text => lines.with_target(false).with_filter(filter).boxed(),
    }
}

/// What is to be said of a run, as log lines in JSON.
pub(super) fn json_lines(complaints: &Complaints<'_>) -> String {
    let mut lines = Vec::new();
    for note in &complaints.notes {
        lines.push(line("INFO", REPORTED, json!({ "message": note })));
    }
    for (resource, warning) in &complaints.warnings {
        lines.push(line("WARN", REPORTED, json!({ "message": warning, "resource": resource })));
    }
    for error in &complaints.errors {
        lines.push(line(
            "ERROR",
            REPORTED,
            json!({
                "message": error.message(),
                "kind": error.kind(),
                "resource": error.resource(),
                "page": error.page(),
                "request": error.request(),
                "help": error.help(),
            }),
        ));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn line(level: &str, target: &str, fields: Value) -> Value {
    let mut line = json!({
        "timestamp": format!("{:.6}", Timestamp::now()),
        "level": level,
        "target": target,
    });
    if let (Some(line), Value::Object(fields)) = (line.as_object_mut(), fields) {
        line.extend(fields.into_iter().filter(|(_, value)| !value.is_null()));
    }
    line
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn a_filter_has_levels_and_targets() {
        let filter = Filter::parse("warn, request=trace,connector_runtime::page=off").unwrap();
        let filter = filter.without_reported();
        for (target, level, expected) in [
            ("connector_runtime::run", Level::WARN, true),
            ("connector_runtime::run", Level::INFO, false),
            ("connector_runtime::request", Level::TRACE, true),
            ("connector_runtime::page", Level::ERROR, false),
            (REPORTED, Level::ERROR, false),
            ("hyper", Level::ERROR, false),
        ] {
            assert_eq!(filter.would_enable(target, &level), expected, "{target} {level}");
        }
    }

    #[test]
    fn what_is_no_filter_is_said() {
        for (text, expected) in [
            ("", "`off`"),
            ("loud", "`off`"),
            ("3", "`off`"),
            ("hyper=debug", "levels, or one of the targets auth, config"),
            ("page=", "`off`"),
        ] {
            let error = Filter::parse(text).unwrap_err();
            assert!(error.starts_with(expected), "{text}: {error}");
        }
    }
}
