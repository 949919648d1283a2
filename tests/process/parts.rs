//! Parts of a connector in processes of their own, into one dataset: what one process does.

use std::ffi::OsStr;
use std::thread;

use connector_tests::{Child, Place, Server, TrackerApi, sync};
use serde_json::Value;

use super::report;

const PROGRAM: &str = env!("CARGO_BIN_EXE_tracker-sync");

/// The last page of them is not full.
const PROJECTS: u64 = 130;

const TABLES: [(&str, &str); 5] = [
    ("projects", "id, updated_at"),
    ("tasks", "id, project_id"),
    ("notes", "id, project_id, text"),
    ("members", "id, team"),
    ("currencies", "id"),
];

/// Runs the connector, or a part of it, and returns its report.
fn load(server: &Server, place: &Place, part: Option<&str>) -> Value {
    let mut command = sync(PROGRAM, server, OsStr::new(&place.url()), "");
    command.args(["--output", "json"]);
    command.args(part.into_iter().flat_map(|part| ["--partition", part]));
    let outcome = Child::default().run(command);
    assert_eq!(outcome.code(), 0, "{part:?}: {outcome:?}");
    report(&outcome)
}

fn tables(place: &Place) -> Vec<Vec<String>> {
    let rows = |(table, columns): &(&str, &str)| {
        place.lines(&format!("SELECT {columns} FROM {table} ORDER BY id"))
    };
    TABLES.iter().map(rows).collect()
}

/// What was asked for, but pages of projects, which every part reads.
fn asked(server: &Server, behind: usize) -> Vec<String> {
    let asked = server.asked(behind, &[]);
    asked.into_iter().filter(|text| !text.starts_with("/projects?")).collect()
}

fn resource<'a>(report: &'a Value, name: &str) -> &'a Value {
    let resources = report["resources"].as_array().expect("a list");
    resources
        .iter()
        .find(|one| one["resource"] == name)
        .unwrap_or_else(|| panic!("{name}: {report}"))
}

fn parts_load_what_one_process_does(place: &Place, parts: &[&str], at_once: bool) {
    let server = TrackerApi::new(PROJECTS).serve();
    let whole = place.empty();
    load(&server, &whole, None);
    let (expected, asked_by_one) = (tables(&whole), asked(&server, 0));
    let counts: Vec<_> = expected.iter().map(Vec::len).collect();
    assert_eq!(counts, [130, 390, 390, 12, 3]);

    let before = server.count();
    let run = |part: &&str| load(&server, place, Some(*part));
    let reports: Vec<Value> = match at_once {
        true => thread::scope(|scope| {
            let runs: Vec<_> = parts.iter().map(|part| scope.spawn(move || run(part))).collect();
            runs.into_iter().map(|run| run.join().expect("no panic")).collect()
        }),
        false => parts.iter().map(run).collect(),
    };
    assert_eq!(tables(place), expected);
    assert_eq!(asked(&server, before), asked_by_one, "together they ask for everything once");
    for (part, report) in parts.iter().zip(&reports) {
        let tasks = resource(report, "tasks");
        assert!(tasks["inserted"].as_u64() > Some(0), "{part} reads some: {tasks}");
    }

    let before = server.count();
    let after = load(&server, place, None);
    for (name, _) in TABLES {
        let found = resource(&after, name);
        let new = ["inserted", "updated"].map(|count| found[count].as_u64());
        assert_eq!(new, [Some(0), Some(0)], "{found}");
    }
    let asked = asked(&server, before);
    assert_eq!(asked.len(), 6 + 1, "teams and currencies, which have no cursor: {asked:?}");
    assert_eq!(tables(place), expected);
}

#[test]
fn postgres_four_processes_at_once_load_what_one_does() {
    let Some(place) = Place::postgres("tracker") else { return };
    parts_load_what_one_process_does(&place, &["1/4", "2/4", "3/4", "4/4"], true);
}

#[test]
fn sqlite_two_processes_one_after_the_other_load_what_one_does() {
    parts_load_what_one_process_does(&Place::sqlite(), &["1/2", "2/2"], false);
}

#[test]
fn sqlite_three_processes_at_once_load_what_one_does() {
    parts_load_what_one_process_does(&Place::sqlite(), &["1/3", "2/3", "3/3"], true);
}
