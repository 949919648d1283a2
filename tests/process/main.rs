//! The sync binary as a process: signals, exit codes, a full disk, and what it prints.
#![cfg(unix)]

mod config;
mod crash;
mod disk;
mod errors;
mod exit;
mod kill;
mod network;
mod parts;
mod running;
mod secrets;
mod signals;
mod stalled;
mod state;
mod terminal;
mod told;

use std::ffi::OsString;
use std::process::Command;

use connector_tests::{Database, KEY, OffsetApi, Outcome, Server, items};

/// The binary under test: pages of 2000 rows.
const PROGRAM: &str = env!("CARGO_BIN_EXE_example-sync");

/// Rows of the API: 25 pages and an empty one, written in five commits.
const ROWS: i64 = 50_000;

/// `example-sync sync` on this server and database.
fn command(server: &Server, database: &Database) -> Command {
    connector_tests::sync(PROGRAM, server, &destination(database), KEY)
}

fn destination(database: &Database) -> OsString {
    let mut text = OsString::from("sqlite:");
    text.push(database.path());
    text
}

fn api() -> OffsetApi {
    OffsetApi::new(items(1..ROWS + 1)).key(KEY)
}

/// Runs it to its end and returns the only resource of the report.
fn load(server: &Server, database: &Database) -> serde_json::Value {
    let mut command = command(server, database);
    command.args(["--output", "json"]);
    let outcome = connector_tests::Child::default().run(command);
    assert_eq!(outcome.code(), 0, "{outcome:?}");
    report(&outcome)["resources"][0].clone()
}

fn report(outcome: &Outcome) -> serde_json::Value {
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("no JSON: {outcome:?}"))
}

/// The rows are those that the state counts: the first so many of the API. Returns how many.
fn assert_true_state(api: &OffsetApi, database: &Database) -> usize {
    assert_eq!(database.value::<String>("PRAGMA integrity_check"), "ok");
    let found = database.items();
    let counted: Option<i64> =
        database.value("SELECT max(json_extract(state, '$.rows')) FROM _connector_state");
    assert_eq!(found.len() as i64, counted.unwrap_or(0), "rows and the state's count of them");
    assert!(found == api.rows()[..found.len()], "the first rows of the API");
    found.len()
}

/// The next run has every row, and had not to write again what was there.
fn assert_completes(api: &OffsetApi, database: &Database, before: usize) {
    let resource = load(&api.serve(), database);
    assert_eq!(resource["received"], ROWS);
    assert_eq!(resource["inserted"], ROWS as usize - before);
    assert_eq!(resource["unchanged"], before);
    assert!(database.items() == api.rows(), "the table equals the truth");
    assert_eq!(database.state("resource_name")["complete"], true);
}
