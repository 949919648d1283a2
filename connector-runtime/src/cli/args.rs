//! What commands share of their command lines.

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches};

use super::help;
use crate::config::ConfigKind;
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
}

impl Options {
    pub(super) fn new(matches: &ArgMatches) -> Self {
        Self {
            names: names(matches),
            json: text(matches, "output").as_deref() == Some("json"),
            volume: match (flag(matches, "quiet"), flag(matches, "verbose")) {
                (true, _) => Volume::Quiet,
                (_, true) => Volume::Verbose,
                _ => Volume::Normal,
            },
        }
    }
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
            .action(ArgAction::SetTrue)
            .help("Say more of what happens"),
        Arg::new("quiet")
            .long("quiet")
            .short('q')
            .action(ArgAction::SetTrue)
            .conflicts_with("verbose")
            .help("Say nothing but errors"),
    ]
}
