//! Exit codes and what is printed with them.

use std::fs::{self, File};
use std::io::Write;
use std::process::Command;

use connector_tests::{Child, Folder, KEY, OffsetApi, Outcome, Reply, Server, assert_says, items};

use super::{command, report};

fn run(server: &Server, args: &[&str]) -> Outcome {
    let folder = Folder::new();
    let mut command = command(server, &folder.database());
    command.args(args);
    Child::default().run(command)
}

#[test]
fn standard_output_stays_what_it_is_where_the_report_goes_there_too() {
    let (folder, api) = (Folder::new(), OffsetApi::new(items(1..11)).key(KEY).serve());
    for append in [true, false] {
        let log = folder.path("all.log");
        fs::write(&log, "").expect("a file");
        let mut shared = File::options().write(true).append(append).open(&log).expect("a file");
        shared.write_all(b"before\n").expect("written");
        let mut command = command(&api, &folder.database());
        command.args(["--output", "json", "--report", "/dev/stdout"]);
        command.stdout(shared.try_clone().expect("a descriptor"));
        assert_eq!(command.status().expect("it starts").code(), Some(0));
        // as the next command of a script
        shared.write_all(b"after\n").expect("written");
        let log = fs::read_to_string(&log).expect("a file");
        let lines: Vec<_> = log.lines().collect();
        assert_eq!((lines.len(), lines[0], lines[3]), (4, "before", "after"), "{log}");
        assert!(lines[1].contains("\"status\":\"done\"") && lines[1] == lines[2], "{log}");
    }
}

#[test]
fn a_load_that_is_done() {
    let api = OffsetApi::new(items(1..11)).key(KEY);
    let outcome = run(&api.serve(), &[]);
    assert_eq!(outcome.code(), 0, "{outcome:?}");
    assert_says(&outcome.stdout, &["resource_name", "10"]);

    let outcome = run(&api.serve(), &["--output", "json"]);
    let report = report(&outcome);
    assert_eq!(report["connector"], "example_api");
    assert_eq!(report["resources"][0]["inserted"], 10);
    assert_eq!(outcome.stdout.lines().count(), 1, "one document, one line");
}

#[test]
fn every_failure_has_its_code() {
    let partial = "{\"total\":5,\"data\":[]}";
    for (reply, code, kind) in [
        (Reply::status(401), 3, "auth"),
        (Reply::status(404), 4, "status"),
        (Reply::status(500), 4, "status"),
        (Reply::json("<html>"), 4, "response"),
        (Reply::json("{\"data\":[{\"id\":\"x\"}]}"), 4, "row"),
        (Reply::json("{}").cut(1), 4, "transport"),
    ] {
        let server = Server::always(reply.clone());
        let outcome = run(&server, &["--output", "json"]);
        assert_eq!(outcome.code(), code, "{reply:?}: {outcome:?}");
        assert_eq!(report(&outcome)["resources"][0]["error"]["kind"], kind);
        let text = run(&server, &[]);
        assert_eq!(text.code(), code);
        assert_says(&text.stderr, &["resource `resource_name`", "page 1"]);
    }
    let outcome = run(&Server::always(Reply::json(partial)), &["--output", "json"]);
    assert_eq!(outcome.code(), 6, "{outcome:?}");
    assert_eq!(report(&outcome)["resources"][0]["status"], "partial");
}

#[test]
fn a_destination_that_cannot_be() {
    let (folder, server) = (Folder::new(), Server::always(Reply::status(500)));
    fs::write(folder.database().path(), "no database ".repeat(1000)).expect("written");
    let outcome = Child::default().run(command(&server, &folder.database()));
    assert_eq!(outcome.code(), 5, "{outcome:?}");
    assert_says(&outcome.stderr, &["not a SQLite database"]);
    assert_eq!(server.count(), 0);
}

#[test]
fn configuration_that_is_missing_or_wrong() {
    let (folder, server) = (Folder::new(), Server::always(Reply::status(500)));
    let mut command = command(&server, &folder.database());
    command.arg("--no-such-flag");
    let outcome = Child::default().run(command);
    assert_eq!(outcome.code(), 2, "{outcome:?}");

    let mut command = super::command(&server, &folder.database());
    command.env_remove("EXAMPLE_API_API_KEY");
    let outcome = Child::default().run(command);
    assert_eq!(outcome.code(), 2, "{outcome:?}");
    assert_says(&outcome.stderr, &["EXAMPLE_API_API_KEY"]);
    assert_eq!(server.count(), 0);
    assert!(!folder.database().path().exists(), "no file for a run that cannot be");
}

#[test]
fn a_check_asks_once_and_writes_nothing() {
    let folder = Folder::new();
    let api = OffsetApi::new(items(1..5001)).key(KEY);
    for (key, code) in [(KEY, 0), ("another", 3)] {
        let server = api.serve();
        let mut command = Command::new(super::PROGRAM);
        command.args(["check", "--base-url", &server.url()]).env_clear();
        command.env("EXAMPLE_API_API_KEY", key).current_dir(folder.path(""));
        let outcome = Child::default().run(command);
        assert_eq!(outcome.code(), code, "{outcome:?}");
        assert_eq!(server.count(), 1);
        assert_says(outcome.stdout + &outcome.stderr, &["resource_name"]);
        let left = fs::read_dir(folder.path("")).expect("a folder").count();
        assert_eq!(left, 0, "files are left behind");
    }
}
