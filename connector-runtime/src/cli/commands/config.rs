//! `config`: the configuration as files, and what becomes of it.

mod init;
mod schema;
mod show;

use clap::{ArgMatches, Command};

use crate::cli::Program;
use crate::cli::settings::Settings;
use crate::spec::ConnectorSpec;

pub(super) fn command(spec: &ConnectorSpec, settings: &Settings) -> Command {
    Command::new("config")
        .about("Write a configuration file, or show where each value comes from")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands([init::command(), show::command(spec, settings), schema::command()])
}

pub(super) fn run(program: &mut Program<'_>, matches: &ArgMatches) -> u8 {
    match matches.subcommand() {
        Some(("init", matches)) => program.init(matches),
        Some(("show", matches)) => program.show(matches),
        Some(("schema", _)) => program.json_schema(),
        _ => unreachable!("BUG: a subcommand is required"),
    }
}
