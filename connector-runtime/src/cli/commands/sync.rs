//! `sync`: loads the resources into the destination.

use clap::{ArgMatches, Command};
use jiff::Timestamp;

use crate::cli::args::{self, Options};
use crate::cli::scope::{self, Scope};
use crate::cli::settings::Settings;
use crate::cli::{Program, exit, help};
use crate::error::Result;
use crate::report::{Complaints, Report};
use crate::spec::ConnectorSpec;

pub(super) fn command(spec: &ConnectorSpec, settings: &Settings) -> Command {
    Command::new("sync")
        .about("Load the resources into the destination")
        .arg(args::resources("Load these resources only"))
        .args(args::fields(spec))
        .args(args::sources())
        .args(scope::args())
        .args(settings.flags().iter().map(args::field_arg))
        .args(args::output())
        .after_help(help::after(spec))
}

pub(super) fn run(program: &mut Program<'_>, matches: &ArgMatches) -> u8 {
    program.sync(&Options::new(matches), matches)
}

impl Program<'_> {
    fn sync(&mut self, options: &Options, matches: &ArgMatches) -> u8 {
        let started = Timestamp::now();
        let report = self
            .load(options, matches)
            .unwrap_or_else(|error| Report::failed(self.spec.name, started, error));
        let code = exit::of_report(&report);
        let (summary, complaints) =
            (report.summary(self.out_look()), Complaints::of_report(&report));
        let metrics = self.watching.metrics.is_some().then(|| report.prometheus());
        self.conclude_measured(options, &report, &summary, metrics, complaints, code)
    }

    fn load(&mut self, options: &Options, matches: &ArgMatches) -> Result<Report> {
        let scope = Scope::new(matches)?;
        let mut configured = self.configure(&options.names, matches)?;
        let dataset = configured.dataset.take();
        let destination = self.destination(&configured.destination, dataset)?;
        let run = self.run_of(configured);
        let run = run.resources(options.names.clone()).boxed_destination(destination);
        let run = scope.of(run);
        self.watch(options, |display, cancel| run.observer(display).cancel_with(cancel).run())
    }
}
