//! What commands share of their command lines.

use std::ffi::OsString;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches};

use super::help;
use crate::config::ConfigKind;
use crate::error::{Error, ErrorKind};
use crate::spec::{ConfigField, ConnectorSpec};

pub(super) const RESOURCES: &str = "RESOURCE";

/// What is taken besides configuration.
pub(super) struct Options {
    pub(super) names: Vec<String>,
    pub(super) json: bool,
    pub(super) volume: Volume,
}

/// How much is said besides the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Volume {
    Normal,
    Quiet,
    Verbose,
    /// More than that.
    Loud,
}

impl Options {
    pub(super) fn new(matches: &ArgMatches) -> Self {
        Self {
            names: names(matches),
            json: is_json(matches),
            volume: match (flag(matches, "quiet"), count(matches, "verbose")) {
                (true, _) => Volume::Quiet,
                (false, 0) => Volume::Normal,
                (false, 1) => Volume::Verbose,
                (false, 2..) => Volume::Loud,
            },
        }
    }
}

/// Whether the result is to be a document: of the command, or of the one below it.
pub(super) fn is_json(matches: &ArgMatches) -> bool {
    let below = matches.subcommand().is_some_and(|(_, below)| is_json(below));
    below || text(matches, "output").as_deref() == Some("json")
}

/// The same of a command line that is not understood.
pub(super) fn ask_for_json(args: &[OsString]) -> bool {
    let flags = args.split(|arg| arg == "--").next().unwrap_or_default();
    let is_apart = |pair: &[OsString]| pair[0] == "--output" && pair[1] == "json";
    flags.windows(2).any(is_apart) || flags.iter().any(|arg| arg == "--output=json")
}

/// What is wrong with a command line.
pub(super) fn refusal(error: &clap::Error) -> Error {
    const HELP: &str = "`--help` lists all commands and flags";
    if error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Error::new(ErrorKind::Config, "there is no command").with_help(HELP);
    }
    let text = error.render().to_string();
    let mut paragraphs = text.split("\n\n");
    let first = paragraphs.next().unwrap_or_default().trim();
    // what else is in a tip is how a flag is made a value, which hardly anybody wants
    let tip = paragraphs.find_map(|other| other.trim().strip_prefix("tip: "));
    let tip = tip.filter(|tip| tip.contains("similar"));
    let error = Error::new(ErrorKind::Config, first.strip_prefix("error: ").unwrap_or(first));
    error.with_help(tip.unwrap_or(HELP).to_owned())
}

/// The resources that were named; not every command takes some.
pub(super) fn names(matches: &ArgMatches) -> Vec<String> {
    let names = matches.try_get_many(RESOURCES).ok().flatten();
    names.unwrap_or_default().cloned().collect()
}

/// Whether a flag without a value is there; not every command has each.
pub(super) fn flag(matches: &ArgMatches, name: &str) -> bool {
    matches.try_get_one::<bool>(name).ok().flatten().copied().unwrap_or_default()
}

/// How often a flag without a value is there; not every command has each.
fn count(matches: &ArgMatches, name: &str) -> u8 {
    matches.try_get_one::<u8>(name).ok().flatten().copied().unwrap_or_default()
}

/// The text of a flag.
pub(super) fn text(matches: &ArgMatches, flag: &str) -> Option<String> {
    matches.try_get_one::<String>(flag).ok().flatten().cloned()
}

pub(super) fn resources(help: &'static str) -> Arg {
    let help = format!("{help}: names, patterns such as `issue*`, or `!issues` for all others");
    Arg::new(RESOURCES).num_args(0..).help(help)
}

pub(super) fn fields(spec: &ConnectorSpec) -> impl Iterator<Item = Arg> {
    spec.config.iter().map(|field| {
        if field.is_secret() {
            // known, so that it can be refused with a reason; its text goes nowhere
            Arg::new(field.flag).long(field.flag).num_args(0..=1).hide(true)
        } else {
            field_arg(field)
        }
    })
}

pub(super) fn field_arg(field: &ConfigField) -> Arg {
    let is_number = matches!(field.kind, ConfigKind::Integer | ConfigKind::Float);
    Arg::new(field.flag)
        .long(field.flag)
        .value_name(field.kind.placeholder())
        .allow_negative_numbers(is_number)
        .help(help::field(field))
}

/// Which configuration file is read, and what of it.
pub(super) fn sources() -> [Arg; 2] {
    [
        Arg::new("config")
            .long("config")
            .value_name("FILE.toml")
            .help("Read this configuration file [env: CONNECTOR_CONFIG] [default: connector.toml, where it is]"),
        Arg::new("profile")
            .long("profile")
            .value_name("NAME")
            .help("Put what the file says in `[profile.NAME]` first [env: CONNECTOR_PROFILE]"),
    ]
}

pub(super) fn output_format(help: &'static str) -> Arg {
    Arg::new("output")
        .long("output")
        .value_name("FORMAT")
        .value_parser(PossibleValuesParser::new(["text", "json"]))
        .default_value("text")
        .help(help)
}

pub(super) fn output() -> [Arg; 3] {
    [
        output_format("A summary for people, or the report as one JSON document"),
        Arg::new("verbose")
            .long("verbose")
            .short('v')
            .action(ArgAction::Count)
            .help("Say more of what happens; twice: still more"),
        Arg::new("quiet")
            .long("quiet")
            .short('q')
            .action(ArgAction::SetTrue)
            .conflicts_with("verbose")
            .help("Say nothing but errors"),
    ]
}
