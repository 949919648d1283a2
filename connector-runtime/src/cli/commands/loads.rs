//! `loads`: the history of loads.

use clap::{Arg, ArgMatches, Command, value_parser};
use serde::Serialize;

use crate::catalog::LoadSummary;
use crate::cli::Program;
use crate::cli::catalog::{self, Told};
use crate::cli::settings::Settings;
use crate::destination::LoggedLoad;
use crate::report::{Complaints, Count, Grid, RARE, RowCounts, Traffic, human_bytes, printable};
use crate::spec::ConnectorSpec;

const ID: &str = "ID";

pub(super) fn command(_: &ConnectorSpec, settings: &Settings) -> Command {
    let show = Command::new("show")
        .about("Show each resource of a load")
        .arg(
            Arg::new(ID)
                .required(true)
                .value_parser(value_parser!(i64))
                .help("The number of the load, as `loads` has it"),
        )
        .args(catalog::reading(settings));
    Command::new("loads")
        .about("Show the loads that there were, the newest first")
        .args_conflicts_with_subcommands(true)
        .arg(catalog::limit("20", "Show no more loads than these"))
        .args(catalog::reading(settings))
        .subcommand(show)
}

pub(super) fn run(program: &mut Program<'_>, matches: &ArgMatches) -> u8 {
    match matches.subcommand() {
        Some((_, matches)) => show(program, matches),
        None => list(program, matches),
    }
}

#[derive(Serialize)]
struct Loads {
    loads: Vec<LoadSummary>,
}

fn list(program: &mut Program<'_>, matches: &ArgMatches) -> u8 {
    let limit = catalog::limit_of(matches);
    let found =
        program.edit(matches, async |catalog, _| Ok(Loads { loads: catalog.loads(limit).await? }));
    program.tell(matches, found)
}

impl Told for Loads {
    fn text(&self) -> String {
        if self.loads.is_empty() { String::new() } else { table(&self.loads) }
    }

    fn complaints(&self) -> Complaints<'_> {
        let mut complaints = Complaints::default();
        if self.loads.is_empty() {
            complaints.notes.push("there are no loads of this connector".to_owned());
        }
        complaints
    }
}

fn table(loads: &[LoadSummary]) -> String {
    let counts = Counts::of(loads.iter().map(|load| &load.rows));
    let mut grid = Grid::new(&["load", "started", "status"]);
    grid.numbers(&["seconds", "resources"]);
    counts.head(&mut grid);
    grid.texts(&["error"]);
    for load in loads {
        let error = load.error.as_deref().map(first_line).unwrap_or_default();
        let more = match load.errors {
            0 | 1 => String::new(),
            errors => format!(" ({} more)", errors - 1),
        };
        let mut line = vec![
            load.load_id.to_string(),
            format!("{:.0}", load.started_at),
            load.status.clone(),
            load.seconds.map(|seconds| format!("{seconds:.2}")).unwrap_or_default(),
            load.resources.len().to_string(),
        ];
        line.extend(counts.line(&load.rows, load.traffic));
        line.push(format!("{error}{more}"));
        grid.push(line);
    }
    grid.to_string()
}

/// A load, resource by resource.
#[derive(Serialize)]
struct Shown {
    load_id: i64,
    resources: Vec<Resource>,
}

#[derive(Serialize)]
struct Resource {
    #[serde(flatten)]
    log: LoggedLoad,
    /// Those that it is loaded into today.
    tables: Vec<String>,
}

fn show(program: &mut Program<'_>, matches: &ArgMatches) -> u8 {
    let load_id = matches.get_one::<i64>(ID).copied().unwrap_or_default();
    let found = program.edit(matches, async |catalog, _| {
        let log = catalog.load(load_id).await?;
        let tables = |log: LoggedLoad| Resource { tables: catalog.tables(&log.resource), log };
        Ok(Shown { load_id, resources: log.into_iter().map(tables).collect() })
    });
    program.tell(matches, found)
}

impl Told for Shown {
    fn text(&self) -> String {
        resources(&self.resources)
    }
}

fn resources(resources: &[Resource]) -> String {
    let counts = Counts::of(resources.iter().map(|one| &one.log.rows));
    let mut grid = Grid::new(&["resource", "part", "started", "status"]);
    grid.numbers(&["seconds"]);
    counts.head(&mut grid);
    grid.texts(&["tables"]);
    let mut errors = String::new();
    for Resource { log, tables } in resources {
        let seconds = log.ended_at.map(|ended| ended.duration_since(log.started_at).as_secs_f64());
        let mut line = vec![
            log.resource.clone(),
            log.part.clone(),
            format!("{:.0}", log.started_at),
            log.status.clone(),
            seconds.map(|seconds| format!("{seconds:.2}")).unwrap_or_default(),
        ];
        line.extend(counts.line(&log.rows, log.traffic));
        line.push(if log.stored { tables.join(", ") } else { "(not stored)".to_owned() });
        grid.push(line);
        if let Some(error) = &log.error {
            errors.push_str(&format!("\n`{}`: {}\n", log.resource, printable(error)));
        }
    }
    format!("{grid}{errors}")
}

/// The columns of counts: those that are rare where there is something to count.
struct Counts(Vec<(&'static str, Count)>);

impl Counts {
    fn of<'a>(rows: impl Iterator<Item = &'a RowCounts> + Clone) -> Self {
        let is_shown = |count: &Count| rows.clone().any(|rows| count(rows) > 0);
        Self(RARE.into_iter().filter(|(_, count)| is_shown(count)).collect())
    }

    fn head(&self, grid: &mut Grid) {
        grid.numbers(&["received", "inserted", "updated", "unchanged"]);
        self.0.iter().for_each(|(name, _)| grid.numbers(&[name]));
        grid.numbers(&["requests", "bytes"]);
    }

    fn line(&self, rows: &RowCounts, traffic: Traffic) -> Vec<String> {
        let counts = [rows.received, rows.inserted, rows.updated, rows.unchanged];
        let rare = self.0.iter().map(|(_, count)| count(rows));
        let mut line: Vec<_> =
            counts.into_iter().chain(rare).map(|count| count.to_string()).collect();
        line.extend([traffic.requests.to_string(), human_bytes(traffic.bytes)]);
        line
    }
}

fn first_line(error: &str) -> String {
    printable(error.lines().next().unwrap_or_default())
}
