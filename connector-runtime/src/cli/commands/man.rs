//! `man`: the manual page of the program, or of one of its commands.

use std::io;

use clap::{Arg, ArgMatches, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::cli::settings::Settings;
use crate::cli::{Program, help};
use crate::error::{Error, ErrorKind};
use crate::spec::ConnectorSpec;

pub(super) fn command(spec: &ConnectorSpec, _: &Settings) -> Command {
    let name = spec.name;
    Command::new("man")
        .about("Write the manual page, in roff")
        .arg(Arg::new("COMMAND").num_args(0..).help("Of this command, and not of the program"))
        .after_help(format!(
            "To read it:\n  {name} man | man -l -\nTo install it:\n  \
             {name} man > ~/.local/share/man/man1/{name}.1"
        ))
}

pub(super) fn run(program: &mut Program<'_>, matches: &ArgMatches) -> u8 {
    let of: Vec<_> = matches.get_many("COMMAND").unwrap_or_default().map(String::as_str).collect();
    match page(program, &of) {
        Ok(page) => program.result(&page),
        Err(error) => program.fail(error),
    }
}

/// The page, in roff: of `state show`, for instance.
fn page(program: &Program<'_>, of: &[&str]) -> Result<String, Error> {
    let mut all = super::command(program.spec, &program.settings);
    // the names of commands have that of the program before them
    all.build();
    let mut command = &all;
    for name in of {
        command = command.find_subcommand(name).ok_or_else(|| no_command(command, name))?;
    }
    let mut page = Vec::new();
    write(&mut page, command, program.spec).map_err(|error| {
        Error::new(ErrorKind::Internal, format!("BUG: the page cannot be written: {error}"))
    })?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}

fn no_command(above: &Command, name: &str) -> Error {
    let names: Vec<_> = above.get_subcommands().map(Command::get_name).collect();
    let error = Error::new(ErrorKind::Config, format!("there is no command `{name}`"));
    match names.is_empty() {
        true => error.with_help(format!("`{}` has no commands below it", above.get_name())),
        false => error.with_help(format!("the commands are {}", names.join(", "))),
    }
}

fn write(page: &mut Vec<u8>, command: &Command, spec: &ConnectorSpec) -> io::Result<()> {
    let man = Man::new(command.clone());
    man.render_title(page)?;
    man.render_name_section(page)?;
    man.render_synopsis_section(page)?;
    man.render_description_section(page)?;
    man.render_options_section(page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(page)?;
    }
    for section in help::sections(spec) {
        let mut roff = Roff::new();
        roff.control("SH", [section.title]);
        for (name, meaning) in section.lines {
            roff.control("TP", []);
            roff.text([bold(name)]).text([roman(meaning)]);
        }
        roff.to_writer(page)?;
    }
    Ok(())
}
