//! What each class of errors looks like: exit code and standard error, whole.
//!
//! `SNAPSHOT=overwrite` writes what is there now to `errors.txt`.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use connector_tests::{Child, Folder, KEY, Reply, Server, items, page};

const EXPECTED: &str = include_str!("errors.txt");

/// A class, how it comes about, and what the program is told.
struct Case {
    name: &'static str,
    server: Server,
    args: &'static [&'static str],
    has_key: bool,
    prepare: fn(&Folder),
}

impl Case {
    fn new(name: &'static str, reply: Reply) -> Self {
        Self { name, server: Server::always(reply), args: &[], has_key: true, prepare: |_| {} }
    }

    fn args(self, args: &'static [&'static str]) -> Self {
        Self { args, ..self }
    }

    /// `== name: exit code`, then standard error, without what differs from run to run.
    fn run(&self) -> String {
        let folder = Folder::new();
        (self.prepare)(&folder);
        let mut command = Command::new(super::PROGRAM);
        // in the environment, so that flags of a case come before
        command.env_clear().env("EXAMPLE_API_BASE_URL", self.server.url());
        command.env("EXAMPLE_API_DESTINATION", super::destination(&folder.database()));
        if self.has_key {
            command.env("EXAMPLE_API_API_KEY", KEY);
        }
        // a load that is partial has warnings, which `-q` leaves out
        let volume = if self.name == "partial" { "--log=off" } else { "-q" };
        command.args(["sync", volume]).args(self.args);
        let outcome = Child::default().run(command);
        let place = folder.path("").to_string_lossy().trim_end_matches('/').to_owned();
        let text = outcome
            .stderr
            .replace(&self.server.url(), "http://api")
            .replace(&place, "FOLDER")
            .replace("os error 61", "os error 111");
        format!("== {}: {}\n{text}", self.name, outcome.code())
    }
}

fn cases() -> Vec<Case> {
    let ok = || Reply::json("{\"data\":[]}");
    let rows = |rows: &str| Reply::json(format!("{{\"data\":[{rows}]}}"));
    vec![
        Case::new("usage", ok()).args(&["--max-run-tim", "3s"]),
        Case { has_key: false, ..Case::new("config, missing", ok()) },
        Case::new("config, wrong", ok()).args(&["--max-run-time", "soon"]),
        Case::new("config, unknown resource", ok()).args(&["resource_nam"]),
        Case::new("config, range", ok()).args(&["--from", "1", "--to", "2"]),
        Case::new("auth, 401", Reply::status(401)),
        Case::new("auth, 403", Reply::status(403)),
        Case::new("status, 400", Reply::status(400).body("{\"error\":\"no such parameter\"}")),
        Case::new("status, 404", Reply::status(404)),
        Case::new("status, 429", Reply::status(429)),
        Case::new("status, 500", Reply::status(500).body("boom")),
        Case::new("transport, no connection", ok()).args(&["--base-url", "http://127.0.0.1:9"]),
        Case::new("transport, cut short", ok().cut(4)),
        Case::new("response, no JSON", Reply::json("<html>")),
        Case::new("response, no rows", Reply::json("{\"items\":[]}")),
        Case::new("row", rows("{\"id\":\"x\"}")),
        Case::new("row, null", rows("{\"name\":\"x\"}")),
        Case::new("paging", Reply::json(page(&items(1..2_001)))),
        Case::new("partial", Reply::json("{\"total\":5,\"data\":[]}")),
        Case {
            prepare: |folder| {
                fs::write(folder.database().path(), "no database ".repeat(1000)).expect("written");
            },
            ..Case::new("destination, no database", ok())
        },
        Case::new("destination, unknown", ok()).args(&["--destination", "mongo://x"]),
        Case {
            prepare: |folder| {
                let sql = "CREATE TABLE resource_name (id TEXT PRIMARY KEY)";
                rusqlite::Connection::open(folder.database().path())
                    .and_then(|connection| connection.execute_batch(sql))
                    .expect("a table");
            },
            ..Case::new("destination, another table", ok())
        },
        Case::new("interrupted", ok().stall(0)).args(&["--max-run-time", "200ms"]),
    ]
}

#[test]
fn every_class_of_errors_says_what_to_do() {
    let mut all = String::new();
    for case in cases() {
        let text = case.run();
        let is_usage = case.name == "usage";
        if !is_usage && case.name != "partial" {
            for error in text.split("error: ").skip(1) {
                assert!(error.contains("  help: "), "it does not say what to do: {text}");
            }
        }
        let _ = writeln!(all, "{}", text.trim_end());
    }
    if all == EXPECTED {
        return;
    }
    if std::env::var("SNAPSHOT").is_ok_and(|wish| wish == "overwrite") {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("process/errors.txt");
        return fs::write(path, all).expect("written");
    }
    let lines = all.lines().zip(EXPECTED.lines()).find(|(found, expected)| found != expected);
    panic!("not as in `errors.txt`, from {lines:?} on; all of it:\n{all}");
}
