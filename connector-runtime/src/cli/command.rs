//! The command line: what the program takes, and what its help says.

use std::fmt::Write;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command};

use super::{exit, scope};
use crate::config::ConfigKind;
use crate::destination;
use crate::spec::{ConfigField, ConnectorSpec};

const RESOURCES: &str = "RESOURCE";

/// The settings that every connector has besides its own fields.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// Missing where the connector has a field of that name itself.
    pub(super) base_url: Option<ConfigField>,
    pub(super) max_run_time: ConfigField,
    pub(super) lease_timeout: ConfigField,
    pub(super) max_concurrency: ConfigField,
    pub(super) destination: ConfigField,
    pub(super) dataset: ConfigField,
    /// In the order of [`Settings::NETWORK`].
    pub(super) network: [ConfigField; 4],
}

impl Settings {
    /// The flags that say how the API is reached. The derive keeps them, and their variables, free.
    const NETWORK: [(&str, &str, &str); 4] = [
        ("ca_file", "ca-file", "Trust the certificate authorities in this PEM file, too."),
        (
            "client_cert",
            "client-cert",
            "Show this certificate, a PEM file, to servers that ask for one.",
        ),
        ("client_key", "client-key", "The certificate's private key, a PEM file."),
        ("proxy", "proxy", "Send https requests through this proxy, `http://host:port`."),
    ];

    pub(super) fn new(spec: &ConnectorSpec) -> Self {
        let name = spec.name.to_uppercase();
        // leaked, once a program: the table of fields is static data otherwise
        let env: &str = format!("{name}_BASE_URL").leak();
        let is_taken = |field: &ConfigField| field.flag == "base-url" || field.env == env;
        let base_url = (!spec.config.iter().any(is_taken)).then(|| {
            let doc = "Send requests here instead of to the connector's base URL.";
            ConfigField::new::<Option<String>>("base_url", "base-url", env, doc)
        });
        let time = |field, flag, doc| ConfigField {
            check: |text| duration(text).map(drop),
            ..ConfigField::new::<Option<String>>(
                field,
                flag,
                format!("{name}_{}", field.to_uppercase()).leak(),
                doc,
            )
        };
        let max_run_time = time(
            "max_run_time",
            "max-run-time",
            "End the run after this time, as an interruption does: `90s`, `30m`, `2h`.",
        );
        let lease_timeout = time(
            "lease_timeout",
            "lease-timeout",
            "Wait so long for another run that loads the same resource; half a minute if not said.",
        );
        let max_concurrency = ConfigField {
            check: |text| match text.parse() {
                Ok(1_u32..) => Ok(()),
                _ => Err("expected a whole number from 1 on".to_owned()),
            },
            ..ConfigField::new::<Option<u32>>(
                "max_concurrency",
                "max-concurrency",
                format!("{name}_MAX_CONCURRENCY").leak(),
                "Have no more requests on their way at once; with 1 pages come one by one.",
            )
        };
        let env = format!("{name}_DESTINATION").leak();
        let doc = format!("Where the rows go: {}.", destination::KNOWN).leak();
        let file = format!("{}.db", spec.name).leak();
        let destination =
            ConfigField::new::<String>("destination", "destination", env, doc).default(file);
        let dataset = ConfigField::new::<Option<String>>(
            "dataset",
            "dataset",
            format!("{name}_DATASET").leak(),
            "The schema of the tables in PostgreSQL; without it the connector's name.",
        );
        let network = Self::NETWORK.map(|(field, flag, doc)| {
            let env = format!("{name}_{}", field.to_uppercase()).leak();
            ConfigField::new::<Option<String>>(field, flag, env, doc)
        });
        Self {
            base_url,
            max_run_time,
            lease_timeout,
            max_concurrency,
            destination,
            dataset,
            network,
        }
    }

    /// Every setting that `sync` takes.
    pub(super) fn all(&self) -> Vec<ConfigField> {
        let Self { base_url, max_run_time, lease_timeout, max_concurrency, network, .. } = self;
        let own = [max_run_time, lease_timeout, max_concurrency, &self.destination, &self.dataset];
        base_url.iter().chain(own).chain(network).copied().collect()
    }
}

/// The text of a duration, as the attributes have it.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let parse = || {
        let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
        let millis = match unit.trim_start() {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return None,
        };
        digits.parse::<u64>().ok()?.checked_mul(millis).filter(|millis| *millis > 0)
    };
    parse()
        .map(Duration::from_millis)
        .ok_or_else(|| "a number above 0 and `ms`, `s`, `m` or `h`, as in `30m`".to_owned())
}

/// The program's command line.
pub(super) fn command(spec: &ConnectorSpec, settings: &Settings) -> Command {
    let sync = subcommand("sync", "Load the resources into the destination")
        .arg(resources("Load these resources only"))
        .args(fields(spec))
        .args(scope::args())
        .args(settings.base_url.iter().map(field_arg))
        .arg(field_arg(&settings.max_run_time))
        .arg(field_arg(&settings.lease_timeout))
        .arg(field_arg(&settings.max_concurrency))
        .arg(field_arg(&settings.destination))
        .arg(field_arg(&settings.dataset))
        .args(settings.network.iter().map(field_arg))
        .args(output())
        .after_help(sections(spec));
    let check = subcommand("check", "Ask for the first page of each resource; write nothing")
        .arg(resources("Check these resources only"))
        .args(fields(spec))
        .args(settings.base_url.iter().map(field_arg))
        .args(settings.network.iter().map(field_arg))
        .args(output())
        .after_help(sections(spec));
    let plan = subcommand("plan", "Show what a sync would do; ask for nothing, write nothing")
        .arg(resources("Show these resources only"))
        .args(fields(spec))
        .arg(scope::partition())
        .arg(output_format("Paragraphs for people, or one JSON document"));
    let schema = subcommand("schema", "Show the tables and their columns; ask for nothing")
        .arg(resources("Show these resources only"))
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .value_parser(PossibleValuesParser::new(["table", "ddl"]))
                .default_value("table")
                .help("A table for people, or the destination's statements"),
        )
        .arg(field_arg(&settings.destination))
        .arg(field_arg(&settings.dataset));
    Command::new(spec.name)
        .version(spec.version)
        .about(text_of(spec.doc))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands([sync, check, plan, schema])
        .after_help(sections(spec))
}

/// What the person asked for.
pub(super) enum Action {
    Check(Options),
    Plan(Options),
    Schema { ddl: bool, names: Vec<String> },
    Sync(Options),
}

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

impl Action {
    /// The action and the matches that hold its flags.
    pub(super) fn new(matches: &ArgMatches) -> (Self, &ArgMatches) {
        let (name, matches) = matches.subcommand().expect("BUG: a subcommand is required");
        let names = || matches.get_many(RESOURCES).unwrap_or_default().cloned().collect();
        let options = || Options {
            names: names(),
            json: text(matches, "output").as_deref() == Some("json"),
            volume: match (flag(matches, "quiet"), flag(matches, "verbose")) {
                (true, _) => Volume::Quiet,
                (_, true) => Volume::Verbose,
                _ => Volume::Normal,
            },
        };
        let action = match name {
            "check" => Self::Check(options()),
            "plan" => Self::Plan(options()),
            "schema" => {
                let ddl = text(matches, "format").as_deref() == Some("ddl");
                Self::Schema { ddl, names: names() }
            }
            "sync" => Self::Sync(options()),
            other => unreachable!("BUG: the command `{other}` is not handled"),
        };
        (action, matches)
    }
}

/// Whether a flag without a value is there; not every command has each.
fn flag(matches: &ArgMatches, name: &str) -> bool {
    matches.try_get_one::<bool>(name).ok().flatten().copied().unwrap_or_default()
}

/// The text of a flag.
pub(super) fn text(matches: &ArgMatches, flag: &str) -> Option<String> {
    matches.try_get_one::<String>(flag).ok().flatten().cloned()
}

/// The secret that somebody wrote on the command line, if any.
pub(super) fn exposed_secret(spec: &ConnectorSpec, matches: &ArgMatches) -> Option<ConfigField> {
    let given = |field: &&ConfigField| {
        field.is_secret()
            && matches.try_contains_id(field.flag).unwrap_or(false)
            && matches.value_source(field.flag).is_some()
    };
    spec.config.iter().find(given).copied()
}

/// Whether somebody wrote the password of a proxy on the command line.
pub(super) fn exposed_proxy(matches: &ArgMatches) -> bool {
    text(matches, "proxy").is_some_and(|url| url.contains('@'))
}

/// Whether somebody wrote the password of a database on the command line.
pub(super) fn exposed_password(matches: &ArgMatches) -> bool {
    let of_url = |url: &str| {
        let (user, _) = url.split_once("://")?.1.rsplit_once('@')?;
        Some(user.contains(':'))
    };
    text(matches, "destination").as_deref().and_then(of_url).unwrap_or_default()
}

fn subcommand(name: &'static str, about: &'static str) -> Command {
    Command::new(name).about(about)
}

fn resources(help: &'static str) -> Arg {
    Arg::new(RESOURCES).num_args(0..).help(help)
}

fn fields(spec: &ConnectorSpec) -> impl Iterator<Item = Arg> {
    spec.config.iter().map(|field| {
        if field.is_secret() {
            // known, so that it can be refused with a reason; its text goes nowhere
            Arg::new(field.flag).long(field.flag).num_args(0..=1).hide(true)
        } else {
            field_arg(field)
        }
    })
}

fn field_arg(field: &ConfigField) -> Arg {
    let is_number = matches!(field.kind, ConfigKind::Integer | ConfigKind::Float);
    Arg::new(field.flag)
        .long(field.flag)
        .value_name(field.kind.placeholder())
        .allow_negative_numbers(is_number)
        .help(field_help(field))
}

fn field_help(field: &ConfigField) -> String {
    let mut help = summary(field.doc);
    if let ConfigKind::Choice(variants) = field.kind {
        let texts: Vec<_> = variants.iter().map(|(_, text)| *text).collect();
        let _ = write!(help, " [one of: {}]", texts.join(", "));
    }
    let _ = write!(help, " [env: {}]", field.env);
    match field.default {
        Some(default) => {
            let _ = write!(help, " [default: {default}]");
        }
        None if field.optional => {}
        None => help.push_str(" [required]"),
    }
    help.trim_start().to_owned()
}

fn output_format(help: &'static str) -> Arg {
    Arg::new("output")
        .long("output")
        .value_name("FORMAT")
        .value_parser(PossibleValuesParser::new(["text", "json"]))
        .default_value("text")
        .help(help)
}

fn output() -> [Arg; 3] {
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

/// What follows the options: resources, variables that have no flag, exit codes.
fn sections(spec: &ConnectorSpec) -> String {
    let resources = spec.resources.iter().map(|one| (one.name.to_owned(), summary(one.doc)));
    let secrets = spec.config.iter().filter(|field| field.is_secret());
    let secrets = secrets.map(|field| (field.env.to_owned(), field_note(field)));
    let codes = exit::MEANINGS.iter().map(|(code, text)| (code.to_string(), (*text).to_owned()));
    let mut sections = String::new();
    section(&mut sections, "Resources", resources.collect());
    section(&mut sections, "Environment", secrets.collect());
    section(&mut sections, "Exit codes", codes.collect());
    sections.trim_end().to_owned()
}

fn field_note(field: &ConfigField) -> String {
    let required = if field.optional { "" } else { " [required]" };
    format!("{}{required}", summary(field.doc)).trim_start().to_owned()
}

fn section(text: &mut String, title: &str, lines: Vec<(String, String)>) {
    if lines.is_empty() {
        return;
    }
    let width = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    let _ = writeln!(text, "{title}:");
    for (name, meaning) in lines {
        let _ = writeln!(text, "{}", format!("  {name:width$}  {meaning}").trim_end());
    }
    text.push('\n');
}

/// The first paragraph of a doc comment, as one line without its final period.
fn summary(doc: &str) -> String {
    let lines = doc.trim().lines().map(str::trim).take_while(|line| !line.is_empty());
    let text = lines.collect::<Vec<_>>().join(" ");
    text.strip_suffix('.').unwrap_or(&text).to_owned()
}

/// A doc comment without the spaces that follow its slashes.
fn text_of(doc: &str) -> String {
    doc.trim()
        .lines()
        .map(str::trim_end)
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect::<Vec<_>>()
        .join("\n")
}
