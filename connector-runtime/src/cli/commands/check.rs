//! `check`: asks for the first page of each resource; writes nothing.

use std::sync::Arc;
use std::time::Instant;

use clap::{ArgMatches, Command};

use crate::cli::args::{self, Options};
use crate::cli::display::OneByOne;
use crate::cli::settings::{Configured, Settings};
use crate::cli::{Program, exit, help};
use crate::error::Result;
use crate::report::{Complaints, Grid, Look, Observer, color, human_bytes};
use crate::run::{self, CheckReport, Overrides};
use crate::spec::ConnectorSpec;

pub(super) fn command(spec: &ConnectorSpec, settings: &Settings) -> Command {
    let command = Command::new("check")
        .about("Ask for the first page of each resource; write nothing")
        .arg(args::resources("Check these resources only"))
        .args(args::fields(spec))
        .args(args::sources())
        .args(settings.base_url.iter().chain(&settings.network).map(args::field_arg))
        .args(settings.watching().iter().map(args::field_arg))
        .args(args::output())
        .after_help(help::after(spec));
    #[cfg(feature = "airbyte")]
    let command = super::airbyte::check::flags(command);
    command
}

pub(super) fn run(program: &mut Program<'_>, matches: &ArgMatches) -> u8 {
    #[cfg(feature = "airbyte")]
    if let Some(path) = super::airbyte::check::document(matches) {
        return super::airbyte::check::run(program, path, matches);
    }
    program.check(&Options::new(matches), matches)
}

impl Program<'_> {
    fn check(&mut self, options: &Options, matches: &ArgMatches) -> u8 {
        let started = Instant::now();
        let report = self.probe(options, matches).unwrap_or_else(|error| CheckReport {
            connector: self.spec.name,
            resources: Vec::new(),
            error: Some(error.advised()),
            seconds: started.elapsed().as_secs_f64(),
        });
        let code = exit::of_check(&report);
        let complaints = complaints(&report);
        self.conclude(options, &report, &checked(&report, self.out_look()), complaints, code)
    }

    fn probe(&self, options: &Options, matches: &ArgMatches) -> Result<CheckReport> {
        let Configured { instance, base_url, network, .. } =
            self.configure(&options.names, matches)?;
        let transport = self.transport.clone();
        self.watch(options, |display, cancel| {
            let overrides =
                Overrides { base_url, transport, network, cancel, ..Overrides::default() };
            let observer: Arc<dyn Observer> = Arc::new(OneByOne(display));
            async move { run::check(instance, &options.names, overrides, &observer).await }
        })
    }
}

/// What is wrong with the resources.
fn complaints(report: &CheckReport) -> Complaints<'_> {
    let mut all = Complaints::default();
    for one in &report.resources {
        all.add(one.resource, &one.warnings, one.error.as_ref());
    }
    all.errors.extend(&report.error);
    all
}

/// The result of a check; nothing when it could not start.
fn checked(report: &CheckReport, look: Look) -> String {
    if report.resources.is_empty() {
        return String::new();
    }
    let mut grid = Grid::new(&["resource", "status"]);
    grid.numbers(&["rows", "total", "requests", "bytes", "seconds"]);
    grid.texts(&["columns"]);
    for one in &report.resources {
        grid.push(vec![
            one.resource.to_owned(),
            one.status.as_str().to_owned(),
            one.rows.to_string(),
            one.total.map(|total| total.to_string()).unwrap_or_default(),
            one.traffic.requests.to_string(),
            human_bytes(one.traffic.bytes),
            format!("{:.2}", one.seconds),
            one.columns.join(", "),
        ]);
    }
    grid.color("status", color);
    grid.fit(look, &["bytes", "requests", "total", "seconds"]);
    grid.to_string()
}
