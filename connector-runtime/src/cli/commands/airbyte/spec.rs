//! `spec`: which configuration there is.

use clap::{ArgMatches, Command};

use crate::cli::settings::Settings;
use crate::cli::{Program, exit};
use crate::protocol::airbyte;
use crate::spec::ConnectorSpec;

pub(crate) fn command(_: &ConnectorSpec, _: &Settings) -> Command {
    Command::new("spec").about("Airbyte: say which configuration there is")
}

pub(crate) fn run(program: &mut Program<'_>, _: &ArgMatches) -> u8 {
    let line = airbyte::specified(program.spec, &program.platform_settings());
    program.say(line, exit::DONE)
}
