//! `check --config FILE.json`: whether the configuration works, as a platform asks.

use std::sync::Arc;

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

use crate::cli::args::{Options, Volume, text};
use crate::cli::display::OneByOne;
use crate::cli::{Program, exit};
use crate::error::{Error, ErrorKind, Result};
use crate::protocol::airbyte;
use crate::run::CheckReport;

pub(crate) fn flags(command: Command) -> Command {
    command.mut_arg("config", |arg| {
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        arg.help(format!("{help}; FILE.json: answer as an Airbyte source, by this file alone"))
    })
}

/// The file that makes a check one of a platform.
pub(crate) fn document(matches: &ArgMatches) -> Option<String> {
    text(matches, "config").filter(|path| path.ends_with(".json"))
}

pub(crate) fn run(program: &mut Program<'_>, path: String, matches: &ArgMatches) -> u8 {
    let report = match alone(matches).and_then(|()| program.probe_by(path)) {
        Ok(report) => report,
        Err(error) => return program.answer(Err(error.advised().to_string())),
    };
    match exit::of_check(&report) {
        // who was told to stop does not know whether it works
        exit::INTERRUPTED => program.trace(interruption(report)),
        _ => program.answer(status(&report)),
    }
}

fn interruption(report: CheckReport) -> Error {
    let errors = report.resources.into_iter().filter_map(|one| one.error).chain(report.error);
    let mut interruptions = errors.filter(|error| error.kind() == ErrorKind::Interrupted);
    interruptions.next().unwrap_or_else(|| Error::new(ErrorKind::Interrupted, "told to stop"))
}

/// Everything is in the file.
fn alone(matches: &ArgMatches) -> Result<()> {
    let is_given =
        |id: &&str| *id != "config" && matches.value_source(id) == Some(ValueSource::CommandLine);
    match matches.ids().map(clap::Id::as_str).find(is_given) {
        None => Ok(()),
        Some(id) => {
            let text = format!("`{id}` does not go with a configuration in JSON, which says all");
            Err(Error::new(ErrorKind::Config, text))
        }
    }
}

fn status(report: &CheckReport) -> Result<(), String> {
    let errors = report.resources.iter().filter_map(|one| one.error.as_ref());
    let errors: Vec<_> = report.error.iter().chain(errors).map(ToString::to_string).collect();
    if errors.is_empty() { Ok(()) } else { Err(errors.join("\n")) }
}

impl Program<'_> {
    /// That it does not work is an answer, and no failure of the check.
    fn answer(&mut self, status: Result<(), String>) -> u8 {
        self.say(airbyte::connection_status(status), exit::DONE)
    }

    fn probe_by(&mut self, path: String) -> Result<CheckReport> {
        let check = self.check_of(self.configure_by(&[path])?);
        let options = Options { names: Vec::new(), json: false, volume: Volume::Quiet };
        self.watch(&options, |display, cancel| {
            check.observer(Arc::new(OneByOne(display))).cancel_with(cancel).run()
        })
    }
}
