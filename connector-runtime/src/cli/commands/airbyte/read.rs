//! `read`: rows as messages.

mod signals;

use clap::{Arg, ArgAction, ArgMatches, Command};
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, registry};

use crate::cli::args::{Options, Volume, text};
use crate::cli::settings::Settings;
use crate::cli::{Program, exit, platform};
use crate::error::{Error, ErrorKind, Result};
use crate::protocol::Output;
use crate::protocol::airbyte::{self, ConfiguredCatalog, Log, StateFile};
use crate::report::Report;
use crate::run::Run;
use crate::spec::ConnectorSpec;

pub(crate) fn command(_: &ConnectorSpec, _: &Settings) -> Command {
    Command::new("read")
        .about("Airbyte: write the rows of the catalog's streams to standard output")
        .arg(super::config().required(true))
        .arg(super::file("catalog", "Which streams are read, and how").required(true))
        .arg(super::file("state", "What former runs have left"))
        .arg(
            Arg::new("debug")
                .long("debug")
                .action(ArgAction::SetTrue)
                .help("Say more of what happens"),
        )
}

pub(crate) fn run(program: &mut Program<'_>, matches: &ArgMatches) -> u8 {
    program.speak(|program, output| {
        program.log_to(&output, matches.get_flag("debug"));
        match program.read_messages(matches, output) {
            Ok(report) => program.conclude_read(report),
            Err(error) => program.trace(error),
        }
    })
}

impl Program<'_> {
    fn read_messages(&mut self, matches: &ArgMatches, output: Output) -> Result<Report> {
        let (run, catalog, state) = self.readable(matches)?;
        self.heed(Some(signals::end))?;
        let options = Options { names: Vec::new(), json: false, volume: Volume::Quiet };
        let report = self.watch(&options, |display, cancel| {
            airbyte::read(run.observer(display).cancel_with(cancel), catalog, state, output)
        })?;
        self.over(exit::of_report(&report));
        self.settle();
        if let Some(heeded) = &self.heeded {
            heeded.end_if_terminated();
        }
        Ok(report)
    }

    /// All was said in messages, unless they could not be written.
    fn conclude_read(&mut self, report: Report) -> u8 {
        let code = exit::of_report(&report);
        let is_unwritten = |error: &Error| error.kind() == ErrorKind::Destination;
        let errors = report.resources.into_iter().filter_map(|one| one.error);
        if let Some(error) = errors.chain(report.error).find(is_unwritten) {
            self.fail(error);
        }
        code
    }

    fn readable(&self, matches: &ArgMatches) -> Result<(Run, ConfiguredCatalog, StateFile)> {
        let file = |name: &str| text(matches, name);
        let config: Vec<_> = file("config").into_iter().collect();
        let configured = self.configure_by(&config)?;
        let catalog = file("catalog").map(|path| platform::read("catalog", &path)).transpose()?;
        let catalog = ConfiguredCatalog::of(self.spec, &catalog.unwrap_or_default())?;
        let state = match file("state") {
            Some(path) => StateFile::parse(&platform::read("state", &path)?)?,
            None => StateFile::default(),
        };
        Ok((self.run_of(configured), catalog, state))
    }

    /// What is logged are messages between the others.
    fn log_to(&self, output: &Output, is_verbose: bool) {
        let level = if is_verbose { Level::DEBUG } else { Level::INFO };
        let filter = Targets::new().with_target("connector_runtime", level);
        if self.is_process() {
            // somebody who has a subscriber of their own keeps it
            let _ = tracing::subscriber::set_global_default(
                registry().with(Log(output.clone()).with_filter(filter)),
            );
        }
    }
}
