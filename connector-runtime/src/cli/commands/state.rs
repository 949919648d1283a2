//! `state`: what is remembered of the resources: shown, set, forgotten, carried elsewhere.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde::Serialize;

use crate::catalog::{Catalog, Duplicates, Export, StateChange, StateSet};
use crate::cli::Program;
use crate::cli::apart::apart;
use crate::cli::args;
use crate::cli::catalog::{self, Told};
use crate::cli::settings::Settings;
use crate::destination::StoredState;
use crate::error::{Error, ErrorKind, Result};
use crate::report::{Complaints, Grid};
use crate::spec::ConnectorSpec;
use crate::state::{State, is_of_whole};

const CURSOR: &str = "CURSOR";
const PARTITION: &str = "partition";
const RESOURCE: &str = "RESOURCE";
const YES: &str = "yes";

pub(super) fn command(_: &ConnectorSpec, settings: &Settings) -> Command {
    let show = Command::new("show")
        .about("Show what is remembered of the resources")
        .arg(args::resources("Show these resources only"))
        .arg(partition("Show this partition only"))
        .args(catalog::reading(settings));
    let set = Command::new("set")
        .about("Set the cursor of a resource: the next sync asks for what has come since")
        .arg(Arg::new(RESOURCE).required(true).help("The resource"))
        .arg(
            Arg::new(CURSOR)
                .required(true)
                .allow_hyphen_values(true)
                .help("The cursor, written as the values of its column are"),
        )
        .arg(partition("The partition, where the resource has some"))
        .arg(yes())
        .args(catalog::writing(settings));
    let reset = Command::new("reset")
        .about("Forget what is remembered: the next sync reads everything")
        .arg(args::resources("Forget what is remembered of these resources only"))
        .arg(yes())
        .args(catalog::writing(settings));
    let export = Command::new("export")
        .about("Write all states as JSON lines")
        .arg(catalog::file("The file; `-` is standard output"))
        .args(catalog::reading(settings));
    let import = Command::new("import")
        .about("Restore states that were exported, here or elsewhere")
        .arg(catalog::file("The file; `-` is standard input"))
        .args(catalog::writing(settings));
    Command::new("state")
        .about("Show or edit what is remembered of the resources in the destination")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands([show, set, reset, export, import])
}

fn partition(help: &'static str) -> Arg {
    Arg::new(PARTITION)
        .long(PARTITION)
        .value_name("KEY")
        .help(format!("{help}, as `state show` has it: `[\"rust\",12]`"))
}

fn yes() -> Arg {
    Arg::new(YES)
        .long(YES)
        .action(ArgAction::SetTrue)
        .help("Do it even if rows that are appended come twice")
}

pub(super) fn run(program: &mut Program<'_>, matches: &ArgMatches) -> u8 {
    let (name, matches) = matches.subcommand().expect("BUG: a subcommand is required");
    match name {
        "show" => show(program, matches),
        "set" => set(program, matches),
        "reset" => {
            let names = args::names(matches);
            let edited = program.edit(matches, async |catalog, _| {
                let resources = catalog.reset_states(&names, duplicates(matches)).await?;
                Ok(Changed { resources })
            });
            program.tell(matches, edited)
        }
        "export" => {
            program.export(matches, "states", async |catalog, to| catalog.export_states(to).await)
        }
        "import" => {
            let spec = program.spec;
            let edited = program.edit(matches, async |catalog, cancel| {
                let path = catalog::path(matches);
                let export = apart(cancel, move || read(spec, path)).await?;
                let resources = catalog.restore(export).await?;
                Ok(Changed { resources })
            });
            program.tell(matches, edited)
        }
        other => unreachable!("BUG: the command `state {other}` is not handled"),
    }
}

fn duplicates(matches: &ArgMatches) -> Duplicates {
    if args::flag(matches, YES) { Duplicates::Accept } else { Duplicates::Refuse }
}

fn show(program: &mut Program<'_>, matches: &ArgMatches) -> u8 {
    let names = args::names(matches);
    let partition = args::text(matches, PARTITION);
    let mut last: Option<StoredState> = None;
    let next = async |catalog: &mut Catalog| {
        let some = catalog.states(&names, partition.as_deref(), last.as_ref()).await?;
        last = some.last().cloned().or(last.take());
        Ok(some)
    };
    program.list(matches, "states", next, table)
}

fn table(states: &[StoredState]) -> String {
    let mut grid = Grid::new(&["resource", "partition", "cursor", "complete"]);
    grid.numbers(&["rows", "load"]);
    grid.texts(&["note"]);
    for StoredState { resource, partition, state } in states {
        let cursor = state.cursor.as_ref().map(ToString::to_string).unwrap_or_default();
        let mut notes = Vec::new();
        match state.windows.len() {
            0 => {}
            1 => notes.push("a window beyond the cursor".to_owned()),
            windows => notes.push(format!("{windows} windows beyond the cursor")),
        }
        if state.scan.is_some() {
            notes.push("a scan that was interrupted".to_owned());
        }
        // of a partition they are not counted apart
        let rows = if is_of_whole(partition) { state.rows.to_string() } else { String::new() };
        grid.push(vec![
            resource.clone(),
            partition.clone(),
            cursor,
            if state.complete { "yes" } else { "no" }.to_owned(),
            rows,
            state.load_id.to_string(),
            notes.join(", "),
        ]);
    }
    grid.to_string()
}

#[derive(Serialize)]
struct Set {
    set: StateSet,
}

fn set(program: &mut Program<'_>, matches: &ArgMatches) -> u8 {
    let resource = args::text(matches, RESOURCE).unwrap_or_default();
    let cursor = args::text(matches, CURSOR).unwrap_or_default();
    let partition = args::text(matches, PARTITION);
    let edited = program.edit(matches, async |catalog, _| {
        let (partition, duplicates) = (partition.as_deref(), duplicates(matches));
        let set = catalog.set_state(&resource, partition, &cursor, duplicates).await?;
        Ok(Set { set })
    });
    program.tell(matches, edited)
}

impl Told for Set {
    fn text(&self) -> String {
        let StateSet { resource, partition, before, state, forgotten, .. } = &self.set;
        let of = match partition.as_str() {
            "" => String::new(),
            partition => format!(", partition `{partition}`"),
        };
        let value = |state: &State| state.cursor.as_ref().map(ToString::to_string);
        let before = before.as_ref().and_then(value).unwrap_or_else(|| "none".to_owned());
        let now = value(state).unwrap_or_default();
        let parts = match forgotten.as_slice() {
            [] => String::new(),
            parts => format!("; its parts begin there, too: {}", parts.join(", ")),
        };
        format!("`{resource}`{of}: the cursor is {now}, and was {before}{parts}\n")
    }
}

/// Resources whose states were edited.
#[derive(Serialize)]
struct Changed {
    resources: Vec<StateChange>,
}

impl Told for Changed {
    fn text(&self) -> String {
        if self.resources.is_empty() {
            return String::new();
        }
        let mut grid = Grid::new(&["resource"]);
        grid.numbers(&["states before", "states now", "load"]);
        for StateChange { resource, load_id, before, after, .. } in &self.resources {
            let numbers = [before.to_string(), after.to_string(), load_id.to_string()];
            grid.push([resource.clone()].into_iter().chain(numbers).collect());
        }
        grid.to_string()
    }

    fn complaints(&self) -> Complaints<'_> {
        let mut complaints = Complaints::default();
        if self.resources.is_empty() {
            complaints.notes.push("nothing was remembered, and nothing is now".to_owned());
        }
        complaints
    }
}

/// An export, from a file or standard input.
fn read(spec: &'static ConnectorSpec, path: Option<PathBuf>) -> Result<Export> {
    let Some(path) = path else { return Export::read(spec, io::stdin().lock()) };
    let file = File::open(&path).map_err(|error| {
        Error::new(ErrorKind::Config, format!("{} cannot be read: {error}", path.display()))
    })?;
    Export::read(spec, BufReader::new(file))
}
