//! What the program is told about how it is watched: colours, the log, files for machines.

use std::io::IsTerminal;
use std::path::PathBuf;

use clap::ArgMatches;

use super::log::Filter;
use super::{Program, args, file};
use crate::error::{Error, ErrorKind, Result};
use crate::report::Look;
use crate::spec::ConfigField;

/// How the program is watched.
#[derive(Clone, Debug, Default)]
pub(super) struct Watching {
    /// The result is a document, and so is what is said in its place.
    pub(super) json: bool,
    color: Color,
    /// In the place of what `-v` and `-q` say.
    pub(super) log: Option<Filter>,
    /// Log lines are JSON, and so is whatever else goes to standard error.
    pub(super) json_log: bool,
    /// Where the report goes, besides standard output.
    pub(super) report: Option<PathBuf>,
    /// Where the metrics go.
    pub(super) metrics: Option<PathBuf>,
}

/// When there are colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Color {
    /// Where a terminal is that wants them.
    #[default]
    Auto,
    Always,
    Never,
}

impl Color {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "always" => Ok(Self::Always),
            "never" => Ok(Self::Never),
            _ => Err("`auto`, `always` or `never`".to_owned()),
        }
    }
}

fn is_json(text: &str) -> Result<bool, String> {
    match text {
        "json" => Ok(true),
        "text" => Ok(false),
        _ => Err("`text` or `json`".to_owned()),
    }
}

/// The settings: colours, the filter of the log, its format, the files of the report and the metrics.
/// `name`: the connector's, in capitals.
pub(super) fn fields(name: &str) -> [ConfigField; 5] {
    let field = |field, flag, doc, check| ConfigField {
        check,
        ..ConfigField::new::<Option<String>>(
            field,
            flag,
            format!("{name}_{}", field.to_uppercase()).leak(),
            doc,
        )
    };
    [
        field("color", "color", "Colours: `auto`, `always` or `never`.", |text| {
            Color::parse(text).map(drop)
        }),
        field("log", "log", "What is logged: `debug`, `warn,request=trace`.", |text| {
            Filter::parse(text).map(drop)
        }),
        field("log_format", "log-format", "How: `text` or `json`.", |text| is_json(text).map(drop)),
        field("report", "report", "Also write the report to this file, as JSON.", |_| Ok(())),
        field(
            "metrics",
            "metrics",
            "Write metrics to this file, in the text format of Prometheus.",
            |_| Ok(()),
        ),
    ]
}

impl Program<'_> {
    /// How a command is watched. A setting whose flag it does not have is none of its.
    pub(super) fn watching(&self, matches: &ArgMatches) -> Result<Watching> {
        let has = |field: &&ConfigField| matches.try_contains_id(field.flag).is_ok();
        let fields: Vec<_> = self.settings.watching.iter().filter(has).copied().collect();
        let mut values = self.look(matches, |places| places.read_settings(&fields))?;
        let mut take = |flag: &str| -> Option<String> {
            fields
                .iter()
                .any(|field| field.flag == flag)
                .then(|| values.take::<Option<String>>())?
        };
        const CHECKED: &str = "BUG: the configuration was checked";
        let watching = Watching {
            json: args::is_json(matches),
            color: take("color").map_or(Color::Auto, |text| Color::parse(&text).expect(CHECKED)),
            log: take("log").map(|text| Filter::parse(&text).expect(CHECKED)),
            json_log: take("log-format").is_some_and(|text| is_json(&text).expect(CHECKED)),
            report: take("report").map(PathBuf::from),
            metrics: take("metrics").map(PathBuf::from),
        };
        for (flag, path) in [("report", &watching.report), ("metrics", &watching.metrics)] {
            let Some(path) = path else { continue };
            file::can_be(path).map_err(|problem| {
                let text = format!("`--{flag}`: `{}`: {problem}", path.display());
                Error::new(ErrorKind::Config, text)
                    .with_help("name a file in a folder that is there")
            })?;
        }
        Ok(watching)
    }

    /// What standard output can show.
    pub(super) fn out_look(&self) -> Look {
        let stream = std::io::stdout();
        let is_terminal = self.is_process() && stream.is_terminal();
        Look {
            width: is_terminal
                .then(|| terminal_size::terminal_size_of(stream))
                .flatten()
                .map(width),
            colors: self.has_colors(is_terminal),
        }
    }

    /// What standard error can show.
    pub(super) fn err_look(&self) -> Look {
        let is_terminal = self.is_process() && std::io::stderr().is_terminal();
        Look { width: None, colors: self.has_colors(is_terminal) }
    }

    /// Whether somebody watches who can be shown a line that changes.
    pub(super) fn has_terminal(&self) -> bool {
        self.is_process() && std::io::stderr().is_terminal() && !self.is_dumb()
    }

    fn is_dumb(&self) -> bool {
        (self.env)("TERM").is_some_and(|term| term == "dumb")
    }

    fn has_colors(&self, is_terminal: bool) -> bool {
        let is_set = |name: &str| (self.env)(name).is_some_and(|value| !value.is_empty());
        let forced =
            (self.env)("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0");
        match self.watching.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto if is_set("NO_COLOR") => false,
            Color::Auto => forced || (is_terminal && !self.is_dumb()),
        }
    }
}

fn width((width, _): (terminal_size::Width, terminal_size::Height)) -> usize {
    usize::from(width.0)
}
