//! The examples as programs, against servers that behave as the real ones do.
#![cfg(unix)]

mod github;
mod service;
mod sessions;
mod stripe;

use std::collections::BTreeMap;
use std::process::Command;

use connector_tests::{Child, Place, Server};
use serde_json::Value;

/// A program and what it is given each time.
struct Program {
    path: &'static str,
    /// The variable and the value of its secret.
    secret: (&'static str, &'static str),
    args: Vec<String>,
}

impl Program {
    /// `sync` from this server to this place.
    fn command(&self, server: &Server, place: &Place) -> Command {
        let mut command = Command::new(self.path);
        command.args(["sync", "--output", "json", "--base-url", &server.url()]);
        command.args(["--destination", &place.url()]).args(&self.args);
        command.env_clear().env(self.secret.0, self.secret.1);
        command
    }

    /// Runs it to a good end.
    fn sync(&self, server: &Server, place: &Place) -> Report {
        self.run(server, place, 0)
    }

    /// Runs it in four processes at the same time, each with a part of its own.
    fn sync_in_parts(&self, server: &Server, place: &Place) {
        let run = |part: usize| {
            let mut command = self.command(server, place);
            command.args(["--partition", &format!("{part}/4")]);
            let outcome = Child::default().run(command);
            assert_eq!(outcome.code(), 0, "part {part}: {outcome:?}");
        };
        std::thread::scope(|scope| {
            (1..=4).for_each(|part| drop(scope.spawn(move || run(part))));
        });
    }

    /// Runs it to an end with this exit code.
    fn run(&self, server: &Server, place: &Place, code: i32) -> Report {
        let outcome = Child::default().run(self.command(server, place));
        assert_eq!(outcome.code(), code, "{outcome:?}");
        let report: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
        let resources = report["resources"].as_array().expect("a list").iter();
        let named = |resource: &Value| {
            (resource["resource"].as_str().expect("a name").to_owned(), resource.clone())
        };
        Report(resources.map(named).collect())
    }
}

/// Resources of a report by their names.
#[derive(Debug)]
struct Report(BTreeMap<String, Value>);

impl Report {
    /// A count of a resource.
    fn count(&self, resource: &str, count: &str) -> u64 {
        self.0[resource][count].as_u64().unwrap_or_else(|| panic!("{resource}: {count}: {self:?}"))
    }

    /// `received`, `inserted`, `updated` and `deleted`.
    fn rows(&self, resource: &str) -> [u64; 4] {
        ["received", "inserted", "updated", "deleted"].map(|count| self.count(resource, count))
    }
}

/// Values of rows as texts, joined as [`Place::lines`] does; paths are JSON pointers.
fn lines(rows: &[Value], paths: &[&str]) -> Vec<String> {
    let text = |row: &Value, path: &str| match row.pointer(path) {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => "null".to_owned(),
    };
    let line = |row| paths.iter().map(|path| text(row, path)).collect::<Vec<_>>().join("|");
    let mut lines: Vec<_> = rows.iter().map(line).collect();
    lines.sort();
    lines
}

/// The rows of a query, in the order of [`lines`].
fn found(place: &Place, sql: &str) -> Vec<String> {
    let mut lines = place.lines(sql);
    lines.sort();
    lines
}
