//! `completions`: a script that lets a shell complete the program's command line.

use clap::builder::EnumValueParser;
use clap::{Arg, ArgMatches, Command};
use clap_complete::Shell;

use crate::cli::Program;
use crate::cli::settings::Settings;
use crate::spec::ConnectorSpec;

pub(super) fn command(spec: &ConnectorSpec, _: &Settings) -> Command {
    let name = spec.name;
    Command::new("completions")
        .about("Write a script that completes the command line in a shell")
        .arg(
            Arg::new("SHELL")
                .required(true)
                .value_parser(EnumValueParser::<Shell>::new())
                .help("The shell that reads the script"),
        )
        .after_help(format!(
            "For bash:\n  {name} completions bash > ~/.local/share/bash-completion/completions/{name}"
        ))
}

pub(super) fn run(program: &mut Program<'_>, matches: &ArgMatches) -> u8 {
    let shell = matches.get_one::<Shell>("SHELL").expect("BUG: a shell is required");
    // a secret has a flag only to be refused
    let fields = program.spec.config.iter().filter(|field| !field.is_secret());
    let config = fields.copied().collect::<Vec<_>>().leak();
    let ConnectorSpec { name, version, doc, resources, .. } = *program.spec;
    let spec = ConnectorSpec { name, version, doc, resources, config, ..ConnectorSpec::EMPTY };
    let mut command = super::command(&spec, &program.settings);
    let mut script = Vec::new();
    clap_complete::generate(*shell, &mut command, program.spec.name, &mut script);
    program.result(&String::from_utf8_lossy(&script))
}
