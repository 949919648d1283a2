//! `check`: asks for the first page of each resource, and looks at a destination that is named; writes
//! nothing.

use std::sync::Arc;
use std::time::Instant;

use clap::{ArgMatches, Command};

use crate::cli::args::{self, Options};
use crate::cli::changes::would_change;
use crate::cli::display::OneByOne;
use crate::cli::settings::{Configured, Settings};
use crate::cli::{Program, exit, help};
use crate::destination::Destination;
use crate::error::Result;
use crate::report::{Complaints, Grid, Look, color, human_bytes};
use crate::run::{Check, CheckReport, DestinationCheck};
use crate::spec::ConnectorSpec;

pub(super) fn command(spec: &ConnectorSpec, settings: &Settings) -> Command {
    let command = Command::new("check")
        .about("Ask for the first page of each resource; write nothing")
        .arg(args::resources("Check these resources only"))
        .args(args::fields(spec))
        .args(args::sources())
        .args(settings.base_url.iter().chain(&settings.network).map(args::field_arg))
        .args([&settings.destination, &settings.dataset].map(args::field_arg))
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
        let report = self
            .probe(options, matches)
            .unwrap_or_else(|error| CheckReport::failed(self.spec.name, started, error));
        let code = exit::of_check(&report);
        let complaints = complaints(&report);
        self.conclude(options, &report, &checked(&report, self.out_look()), complaints, code)
    }

    fn probe(&mut self, options: &Options, matches: &ArgMatches) -> Result<CheckReport> {
        let configured = self.configure(&options.names, matches)?;
        let destination = self.named_destination(&configured)?;
        let check = self.check_of(configured).resources(options.names.clone());
        let check = match destination {
            Some(destination) => check.boxed_destination(destination),
            None => check,
        };
        self.watch(options, |display, cancel| {
            check.observer(Arc::new(OneByOne(display))).cancel_with(cancel).run()
        })
    }

    /// A check of the connector.
    pub(super) fn check_of(&self, configured: Configured) -> Check {
        let mut check = Check::new(configured.instance).network(configured.network);
        if let Some(url) = configured.base_url {
            check = check.base_url(url);
        }
        match &self.transport {
            Some(transport) => check.transport(transport.clone()),
            None => check,
        }
    }

    /// The destination, where somebody has said what it is.
    fn named_destination(&self, configured: &Configured) -> Result<Option<Box<dyn Destination>>> {
        let Configured { destination, dataset, .. } = configured;
        let is_named = self.settings.is_named(destination, dataset.as_deref());
        is_named.then(|| self.destination(destination, dataset.clone())).transpose()
    }
}

/// What is wrong with the resources.
fn complaints(report: &CheckReport) -> Complaints<'_> {
    let mut all = Complaints::default();
    for one in &report.resources {
        all.add(one.resource, &one.warnings, one.error.as_ref());
    }
    all.errors.extend(report.destination.iter().filter_map(|one| one.error.as_ref()));
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
    let Some(DestinationCheck { destination, schema_changes, error: None }) = &report.destination
    else {
        return grid.to_string();
    };
    format!("{grid}\n{}", would_change(destination, schema_changes.as_deref()))
}
