//! `rejects`: rows that do not fit, shown, written to a file, loaded after all.

use clap::{ArgMatches, Command};
use serde::Serialize;

use crate::catalog::{Catalog, Replayed, StillUnfit};
use crate::cli::Program;
use crate::cli::args;
use crate::cli::catalog::{self, Told};
use crate::cli::settings::Settings;
use crate::destination::StoredReject;
use crate::report::{Complaints, Grid, printable};
use crate::spec::ConnectorSpec;

/// Rows that stay and are told to a person one by one.
const MOST_TOLD: usize = 20;

pub(super) fn command(_: &ConnectorSpec, settings: &Settings) -> Command {
    let show = Command::new("show")
        .about("Show rows that do not fit, and why")
        .arg(args::resources("Show those of these resources only"))
        .arg(catalog::limit("20", "Show no more rows than these"))
        .args(catalog::reading(settings));
    let export = Command::new("export")
        .about("Write all rows that do not fit as JSON lines")
        .arg(catalog::file("The file; `-` is standard output"))
        .args(catalog::reading(settings));
    let replay = Command::new("replay")
        .about("Load rows that did not fit and do so now")
        .arg(args::resources("Load those of these resources only"))
        .args(catalog::writing(settings));
    Command::new("rejects")
        .about("Show the rows that do not fit, or load them after all")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands([show, export, replay])
}

pub(super) fn run(program: &mut Program<'_>, matches: &ArgMatches) -> u8 {
    let (name, matches) = matches.subcommand().expect("BUG: a subcommand is required");
    match name {
        "show" => show(program, matches),
        "export" => {
            program.export(matches, "rows", async |catalog, to| catalog.export_rejects(to).await)
        }
        "replay" => {
            let names = args::names(matches);
            let replayed = program.edit(matches, async |catalog, _| {
                Ok(Replay { resources: catalog.replay(&names).await? })
            });
            program.tell(matches, replayed)
        }
        other => unreachable!("BUG: the command `rejects {other}` is not handled"),
    }
}

fn show(program: &mut Program<'_>, matches: &ArgMatches) -> u8 {
    let names = args::names(matches);
    let mut left = catalog::limit_of(matches);
    let mut last: Option<StoredReject> = None;
    let next = async |catalog: &mut Catalog| {
        if left == 0 {
            return Ok(Vec::new());
        }
        let mut some = catalog.rejects(&names, last.as_ref()).await?;
        last = some.last().cloned().or(last.take());
        some.truncate(left);
        left -= some.len();
        Ok(some)
    };
    program.list(matches, "rejects", next, table)
}

fn table(rejects: &[StoredReject]) -> String {
    let mut grid = Grid::new(&["resource", "partition"]);
    grid.numbers(&["load", "page", "row"]);
    grid.texts(&["column", "reason"]);
    for StoredReject { load_id, resource, reject, .. } in rejects {
        grid.push(vec![
            resource.clone(),
            printable(&reject.partition),
            load_id.to_string(),
            reject.page.to_string(),
            reject.row.to_string(),
            printable(&reject.path),
            one_line(&reject.reason),
        ]);
    }
    grid.to_string()
}

fn one_line(text: &str) -> String {
    printable(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// What became of rows that did not fit.
#[derive(Serialize)]
struct Replay {
    resources: Vec<Replayed>,
}

impl Told for Replay {
    fn text(&self) -> String {
        if self.resources.is_empty() {
            return String::new();
        }
        let mut grid = Grid::new(&["resource"]);
        grid.numbers(&[
            "received",
            "inserted",
            "updated",
            "unchanged",
            "deleted",
            "filtered",
            "left",
        ]);
        for Replayed { resource, rows, left, .. } in &self.resources {
            let counts = [
                rows.received,
                rows.inserted,
                rows.updated,
                rows.unchanged,
                rows.deleted,
                rows.filtered,
                *left,
            ];
            let counts = counts.iter().map(ToString::to_string);
            grid.push([(*resource).to_owned()].into_iter().chain(counts).collect());
        }
        format!("{grid}{}", self.unfit())
    }

    fn complaints(&self) -> Complaints<'_> {
        let mut complaints = Complaints::default();
        if self.resources.is_empty() {
            complaints.notes.push("there are no rows that do not fit".to_owned());
        }
        for one in &self.resources {
            let changes = one.schema_changes.iter();
            let notes =
                changes.map(|change| format!("table `{}`: {}", change.table, change.change));
            complaints.notes.extend(notes);
            complaints.add(one.resource, &one.warnings, one.error.as_ref());
        }
        complaints
    }
}

impl Replay {
    /// Those that stay, and why.
    fn unfit(&self) -> String {
        let all = self.resources.iter().flat_map(|one| one.unfit.iter().map(move |row| (one, row)));
        let mut lines = String::new();
        for (one, StillUnfit { load_id, page, row, reason, .. }) in all.take(MOST_TOLD) {
            let (resource, reason) = (one.resource, one_line(reason));
            lines.push_str(&format!(
                "\n`{resource}`: load {load_id}, page {page}, row {row}: {reason}"
            ));
        }
        let left: u64 = self.resources.iter().map(|one| one.left).sum();
        let told = self.resources.iter().map(|one| one.unfit.len()).sum::<usize>().min(MOST_TOLD);
        match left.saturating_sub(told as u64) {
            _ if lines.is_empty() => lines,
            0 => format!("{lines}\n"),
            more => format!("{lines}\nand {more} more\n"),
        }
    }
}
