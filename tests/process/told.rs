//! The first signal ends any command in time, wherever it waits; and nothing that is said waits for what is
//! written after it.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::process::{Command, Stdio};

use connector_tests::{Database, Folder, KEY, OffsetApi, items};
use rusqlite::Connection;
use rustix::process::Signal;

use super::running::{LONGEST, Running, full_pipe, named_pipe, wait_for};
use super::signals::LIMIT;
use super::{PROGRAM, command, destination, load};

/// More than a pipe takes.
const MUCH: usize = 1 << 17;

const HEAD: &str = "{\"connector\":\"example_api\",\"version\":1,\"resources\":[]}\n";

/// More states than a pipe takes.
pub(crate) const MANY: &str =
    "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 5000)
     INSERT INTO _connector_state (connector, resource, \"partition\", state, load_id)
     SELECT connector, resource, '[' || n || ']', state, load_id FROM _connector_state, numbers";

fn loaded(folder: &Folder) -> Database {
    let database = folder.database();
    load(&OffsetApi::new(items(1..3)).key(KEY).serve(), &database);
    database
}

/// A command on a database.
fn on(database: &Database, args: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(args).arg("--destination").arg(destination(database)).env_clear();
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Nobody else can read it meanwhile.
fn locked(database: &Database) -> Connection {
    let connection = Connection::open(database.path()).expect("a database");
    let lock = "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE";
    connection.execute_batch(lock).expect("a lock");
    connection
}

/// It ends by the first signal, and says that.
fn assert_ends(child: &mut Running, signal: Signal) -> String {
    let sent = child.signal(signal);
    assert_eq!(child.end(LIMIT, &sent), 130);
    let mut said = String::new();
    child.0.stderr.take().expect("a pipe").read_to_string(&mut said).expect("text");
    assert!(!said.contains("panicked"), "{said}");
    said
}

#[test]
fn a_signal_ends_an_import_whose_text_does_not_come() {
    for signal in [Signal::INT, Signal::TERM] {
        let folder = Folder::new();
        let database = loaded(&folder);
        let (mut child, mut stdin) = Running::fed(on(&database, &["state", "import"]));
        // a line without an end: most of it was read when all of it is written
        stdin.write_all(HEAD.as_bytes()).expect("somebody reads");
        stdin.write_all(&[b'x'; MUCH]).expect("somebody reads");
        let said = assert_ends(&mut child, signal);
        assert!(said.contains("told to stop"), "{said}");

        let pipe = named_pipe(&folder);
        let mut child = Running::start(on(&database, &["state", "import", pipe.to_str().unwrap()]));
        // opens when the other end does
        let _writer = File::options().write(true).open(&pipe).expect("a pipe");
        let said = assert_ends(&mut child, signal);
        assert!(said.contains("told to stop"), "{said}");
    }
}

#[test]
fn a_signal_ends_an_export_into_a_pipe_that_nobody_reads() {
    let folder = Folder::new();
    let database = loaded(&folder);
    database.execute(MANY);
    let pipe = named_pipe(&folder);
    for is_opened in [false, true] {
        let mut child = Running::start(on(&database, &["state", "export", pipe.to_str().unwrap()]));
        let reader = is_opened.then(|| {
            let mut reader = File::open(&pipe).expect("a pipe");
            reader.read_exact(&mut [0]).expect("it has begun");
            reader
        });
        child.wait_for_thread("apart");
        let said = assert_ends(&mut child, Signal::TERM);
        assert!(said.contains("told to stop"), "{said}");
        drop(reader);
    }
}

#[test]
fn an_export_that_is_told_to_stop_leaves_no_file_behind() {
    let folder = Folder::new();
    let database = loaded(&folder);
    let lock = locked(&database);
    let path = folder.path("states.jsonl");
    fs::write(&path, "old").expect("a file");
    let files = || fs::read_dir(path.parent().unwrap()).expect("a folder").flatten();
    let before = files().filter(|file| file.path().extension().is_some_and(|end| end == "new"));
    assert_eq!(before.count(), 0);
    let mut child = Running::start(on(&database, &["state", "export", path.to_str().unwrap()]));
    child.wait_for_thread("apart");
    assert_ends(&mut child, Signal::TERM);
    drop(lock);
    assert_eq!(fs::read_to_string(&path).expect("a file"), "old");
    let after = files().filter(|file| file.path().extension().is_some_and(|end| end == "new"));
    assert_eq!(after.count(), 0);
}

#[test]
fn what_is_left_behind_by_a_signal_does_not_fail_aloud() {
    let folder = Folder::new();
    let database = loaded(&folder);
    let _lock = locked(&database);
    let mut child = Running::start(on(&database, &["rejects", "export"]));
    child.wait_for_thread("apart");
    let said = assert_ends(&mut child, Signal::TERM);
    assert!(said.contains("told to stop"), "{said}");
}

#[test]
fn a_signal_ends_a_look_at_a_destination_that_does_not_answer() {
    let folder = Folder::new();
    let database = loaded(&folder);
    let _lock = locked(&database);
    for args in [
        &["loads"][..],
        &["loads", "show", "1"],
        &["state", "show"],
        &["rejects", "show"],
        &["plan"],
        &["state", "reset"],
    ] {
        let mut command = on(&database, args);
        command.args(["--output", "json"]);
        let mut child = Running::start(command);
        child.wait_for_thread("signals");
        assert_ends(&mut child, Signal::TERM);
    }
}

#[test]
fn a_signal_ends_a_program_whose_configuration_does_not_come() {
    let folder = Folder::new();
    let pipe = named_pipe(&folder);
    let api = OffsetApi::new(items(1..3)).key(KEY).serve();
    for flag in ["--config", "--ca-file"] {
        let mut command = command(&api, &folder.database());
        command.arg(flag).arg(&pipe).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = Running::start(command);
        let _writer = File::options().write(true).open(&pipe).expect("a pipe");
        assert_ends(&mut child, Signal::TERM);
    }
}

#[test]
fn a_second_signal_ends_a_program_at_once() {
    let folder = Folder::new();
    let database = loaded(&folder);
    database.execute(MANY);
    let (_reader, writer) = full_pipe();
    let mut command = on(&database, &["state", "show"]);
    command.stdout(writer);
    let mut child = Running::start(command);
    child.wait_for_thread("signals");
    let sent = child.signal(Signal::INT);
    child.signal(Signal::TERM);
    assert_eq!(child.end(LIMIT, &sent), 130);
}

#[test]
fn what_is_said_does_not_wait_for_files_that_nobody_reads() {
    let folder = Folder::new();
    let api = OffsetApi::new(items(1..3)).key(KEY).serve();
    let (report, metrics) = (named_pipe(&folder), folder.path("metrics"));
    let mut command = command(&api, &folder.database());
    command.arg("--report").arg(&report).arg("--metrics").arg(&metrics);
    command.args(["--log", "off"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = Running::start(command);
    let (stdout, stderr) = (child.stdout(), child.stderr());
    wait_for(&stdout, "done");
    wait_for(&stderr, "note");
    let written = fs::read_to_string(&report).expect("text");
    assert!(written.contains("\"status\":\"done\""), "{written}");
    assert_eq!(child.end(LONGEST, &connector_tests::Stopwatch::start()), 0);
    assert!(fs::read_to_string(&metrics).expect("text").contains("connector_resource_rows"));
}

#[test]
fn the_report_does_not_wait_for_metrics_that_nobody_reads() {
    let folder = Folder::new();
    let api = OffsetApi::new(items(1..3)).key(KEY).serve();
    let (report, metrics) = (folder.path("report.json"), named_pipe(&folder));
    let mut command = command(&api, &folder.database());
    command.arg("--report").arg(&report).arg("--metrics").arg(&metrics);
    command.args(["--log", "off"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = Running::start(command);
    let (stdout, stderr) = (child.stdout(), child.stderr());
    wait_for(&stdout, "done");
    wait_for(&stderr, "note");
    // opens when the program does, which has written the report by then
    let mut metrics = File::open(&metrics).expect("a pipe");
    assert!(fs::read_to_string(&report).expect("a file").contains("\"status\":\"done\""));
    let mut written = String::new();
    metrics.read_to_string(&mut written).expect("text");
    assert!(written.contains("connector_resource_rows"), "{written}");
    assert_eq!(child.end(LONGEST, &connector_tests::Stopwatch::start()), 0);
}
