//! The program as a Singer tap: flags without a command.

use clap::builder::PossibleValuesParser;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::cli::args::{Options, Volume, text};
use crate::cli::{Program, exit, platform};
use crate::error::{Error, ErrorKind, Result};
use crate::protocol::Output;
use crate::protocol::singer::{self, Bookmarks, Catalog};
use crate::report::{Complaints, Report};
use crate::run::Run;

const HEADING: &str = "As a Singer tap, without a command";

/// The program's command line with the tap's flags.
pub(super) fn flags(command: Command) -> Command {
    let file = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name("FILE.json").help(help)
    };
    let flag = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
    };
    let flags = [
        file("config", "The configuration; of several the later ones win")
            .action(ArgAction::Append),
        file("catalog", "Which streams and properties are read; without it all"),
        file("properties", "The same, as older runners call it").conflicts_with("catalog"),
        file("state", "The `value` of the last `STATE` message of a former run"),
        flag("discover", "Write the catalog; ask for nothing"),
        flag("about", "Say what the tap can do, and which settings it has")
            .conflicts_with("discover"),
        Arg::new("format")
            .long("format")
            .value_name("FORMAT")
            .value_parser(PossibleValuesParser::new(["json"]))
            .requires("about")
            .help("How `--about` is written"),
    ];
    command
        .args(flags.map(|flag| flag.help_heading(HEADING)))
        .subcommand_required(false)
        .subcommand_negates_reqs(true)
}

/// A flag of the tap that was given.
pub(super) fn given(matches: &ArgMatches) -> Option<&'static str> {
    let flags = ["config", "catalog", "properties", "state", "discover", "about", "format"];
    let is_given = |flag: &&str| matches.value_source(flag) == Some(ValueSource::CommandLine);
    flags.into_iter().find(is_given)
}

pub(super) fn run(program: &mut Program<'_>, matches: &ArgMatches) -> u8 {
    if matches.get_flag("about") {
        let about = singer::about(program.spec, &program.platform_settings());
        return program.result(&about);
    }
    if matches.get_flag("discover") {
        let configs = configs(matches);
        let checked =
            if configs.is_empty() { Ok(()) } else { program.configure_by(&configs).map(drop) };
        return match checked {
            Ok(()) => program.result(&singer::discovered(program.spec)),
            Err(error) => program.fail(error),
        };
    }
    program.speak(|program, output| {
        match program.heed(None).and_then(|()| program.tap(matches, output)) {
            Ok(report) => {
                let complaints = Complaints::of_report(&report);
                program.conclude(&options(), &report, "", complaints, exit::of_report(&report))
            }
            Err(error) => program.fail(error),
        }
    })
}

fn configs(matches: &ArgMatches) -> Vec<String> {
    matches.get_many("config").unwrap_or_default().cloned().collect()
}

fn options() -> Options {
    Options { names: Vec::new(), json: false, volume: Volume::Normal }
}

impl Program<'_> {
    fn tap(&mut self, matches: &ArgMatches, output: Output) -> Result<Report> {
        let (run, catalog, state) = self.tappable(matches)?;
        self.watch(&options(), |display, cancel| {
            singer::sync(run.observer(display).cancel_with(cancel), catalog, state, output)
        })
    }

    fn tappable(&self, matches: &ArgMatches) -> Result<(Run, Catalog, Bookmarks)> {
        let configs = configs(matches);
        if configs.is_empty() {
            let text = "a tap needs its configuration";
            return Err(Error::new(ErrorKind::Config, text)
                .with_help("pass `--config FILE.json`; `--about` says what may stand in it"));
        }
        let configured = self.configure_by(&configs)?;
        let catalog = text(matches, "catalog").or_else(|| text(matches, "properties"));
        let catalog = match catalog {
            Some(path) => Catalog::of(self.spec, &platform::read("catalog", &path)?)?,
            None => Catalog::all(self.spec),
        };
        let state = match text(matches, "state") {
            Some(path) => Bookmarks::parse(&platform::read("state", &path)?)?,
            None => Bookmarks::default(),
        };
        Ok((self.run_of(configured), catalog, state))
    }
}
