//! `man`: the manual page of the program, or of one of its commands.

use std::io;

use clap::{Arg, ArgMatches, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::cli::settings::Settings;
use crate::cli::{Program, exit, help};
use crate::error::{Error, ErrorKind};
use crate::spec::ConnectorSpec;

pub(super) fn command(spec: &ConnectorSpec, _: &Settings) -> Command {
    let name = spec.name;
    Command::new("man")
        .about("Write the manual page, in roff")
        .arg(Arg::new("COMMAND").help("Of this command, and not of the program"))
        .after_help(format!(
            "To read it:\n  {name} man | man -l -\nTo install it:\n  \
             {name} man > ~/.local/share/man/man1/{name}.1"
        ))
}

pub(super) fn run(program: &mut Program<'_>, matches: &ArgMatches) -> u8 {
    match page(program, matches.get_one::<String>("COMMAND").map(String::as_str)) {
        Ok(page) => program.print(&page, exit::DONE),
        Err(error) => program.fail(error),
    }
}

/// The page, in roff.
fn page(program: &Program<'_>, of: Option<&str>) -> Result<String, Error> {
    let mut all = super::command(program.spec, &program.settings);
    // the names of commands have that of the program before them
    all.build();
    let command = match of {
        None => &all,
        Some(name) => all.find_subcommand(name).ok_or_else(|| {
            let names: Vec<_> = all.get_subcommands().map(Command::get_name).collect();
            Error::new(ErrorKind::Config, format!("there is no command `{name}`"))
                .with_help(format!("the commands are {}", names.join(", ")))
        })?,
    };
    let mut page = Vec::new();
    write(&mut page, command, program.spec).map_err(|error| {
        Error::new(ErrorKind::Internal, format!("BUG: the page cannot be written: {error}"))
    })?;
    Ok(String::from_utf8_lossy(&page).into_owned())
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
