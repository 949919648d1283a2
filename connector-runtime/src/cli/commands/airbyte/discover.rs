//! `discover`: which streams there are.

use clap::{ArgMatches, Command};

use crate::cli::args::text;
use crate::cli::settings::Settings;
use crate::cli::{Program, exit};
use crate::protocol::airbyte;
use crate::spec::ConnectorSpec;

pub(crate) fn command(_: &ConnectorSpec, _: &Settings) -> Command {
    Command::new("discover")
        .about("Airbyte: say which streams there are; ask for nothing")
        .arg(super::config())
}

pub(crate) fn run(program: &mut Program<'_>, matches: &ArgMatches) -> u8 {
    // streams are the same whatever the configuration says, but not with a wrong one
    let config: Vec<_> = text(matches, "config").into_iter().collect();
    let checked = if config.is_empty() { Ok(()) } else { program.configure_by(&config).map(drop) };
    match checked {
        Ok(()) => program.say(airbyte::discovered(program.spec), exit::DONE),
        Err(error) => program.trace(error),
    }
}
