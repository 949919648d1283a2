//! The commands of the program: one file each, with its command line and what it does.

#[cfg(feature = "airbyte")]
mod airbyte;
mod check;
mod completions;
mod config;
mod loads;
mod man;
mod plan;
mod preview;
mod rejects;
mod schema;
#[cfg(feature = "singer")]
mod singer;
mod state;
mod sync;

use clap::{ArgMatches, Command};

use super::settings::Settings;
use super::{Program, args, help};
#[cfg(feature = "singer")]
use crate::error::{Error, ErrorKind};
use crate::spec::ConnectorSpec;

/// A command.
struct Verb {
    name: &'static str,
    command: fn(&ConnectorSpec, &Settings) -> Command,
    /// Does it; returns the exit code.
    run: fn(&mut Program<'_>, &ArgMatches) -> u8,
}

/// All of them, as the help lists them.
const VERBS: &[Verb] = &[
    Verb { name: "sync", command: sync::command, run: sync::run },
    Verb { name: "check", command: check::command, run: check::run },
    Verb { name: "plan", command: plan::command, run: plan::run },
    Verb { name: "preview", command: preview::command, run: preview::run },
    Verb { name: "schema", command: schema::command, run: schema::run },
    Verb { name: "state", command: state::command, run: state::run },
    Verb { name: "loads", command: loads::command, run: loads::run },
    Verb { name: "rejects", command: rejects::command, run: rejects::run },
    Verb { name: "config", command: config::command, run: config::run },
    #[cfg(feature = "airbyte")]
    Verb { name: "spec", command: airbyte::spec::command, run: airbyte::spec::run },
    #[cfg(feature = "airbyte")]
    Verb { name: "discover", command: airbyte::discover::command, run: airbyte::discover::run },
    #[cfg(feature = "airbyte")]
    Verb { name: "read", command: airbyte::read::command, run: airbyte::read::run },
    Verb { name: "completions", command: completions::command, run: completions::run },
    Verb { name: "man", command: man::command, run: man::run },
];

/// A platform ends these by SIGTERM when it has read what it wants, and takes that for a good end: they heed
/// signals when they begin to read rows, not before.
const ENDED_BY_SIGNAL: [&str; 3] = ["spec", "discover", "read"];

/// The program's command line.
pub(super) fn command(spec: &ConnectorSpec, settings: &Settings) -> Command {
    let command = Command::new(spec.name)
        .version(spec.version)
        .about(help::text_of(spec.doc))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .arg(args::field_arg(&settings.color()).global(true))
        .subcommands(VERBS.iter().map(|verb| (verb.command)(spec, settings).name(verb.name)))
        .after_help(help::after(spec));
    #[cfg(feature = "singer")]
    let command = singer::flags(command);
    command
}

/// Does what the command line says; returns the exit code.
pub(super) fn run(program: &mut Program<'_>, matches: &ArgMatches) -> u8 {
    program.watching.json = args::is_json(matches);
    #[cfg(feature = "singer")]
    match (matches.subcommand(), singer::given(matches)) {
        (None, Some(_)) => return singer::run(program, matches),
        (None, None) => {
            let error = Error::new(ErrorKind::Config, "there is no command");
            return program.fail(error.with_help("`--help` lists the commands"));
        }
        (Some((name, _)), Some(flag)) => {
            let text = format!("`--{flag}` before a command is a flag of the Singer tap");
            let error = Error::new(ErrorKind::Config, text);
            return program.fail(
                error.with_help(format!("write the flags of `{name}` behind it, or leave it out")),
            );
        }
        (Some(_), None) => {}
    }
    let (name, matches) = matches.subcommand().expect("BUG: a subcommand is required");
    if !ENDED_BY_SIGNAL.contains(&name)
        && let Err(error) = program.heed(None)
    {
        return program.fail(error);
    }
    let verb = VERBS.iter().find(|verb| verb.name == name);
    let verb = verb.unwrap_or_else(|| unreachable!("BUG: the command `{name}` is not handled"));
    match program.watching(matches) {
        Ok(watching) => program.watching = watching,
        Err(error) => return program.fail(error),
    }
    (verb.run)(program, matches)
}
