//! The first signal ends any command in time, wherever it waits; and nothing that is said waits for what is
//! written after it.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;

use connector_tests::{Database, Folder, KEY, OffsetApi, Reply, Server, Stopwatch, items};
use rusqlite::Connection;
use rustix::process::Signal;

use super::running::{LONGEST, Running, entries, named_pipe, wait_for, wait_until};
use super::signals::LIMIT;
use super::{PROGRAM, command, destination, load};

/// More than a pipe takes.
const MUCH: usize = 1 << 17;

const HEAD: &str = "{\"connector\":\"example_api\",\"version\":1,\"resources\":[]}\n";

/// More states than a pipe takes.
const MANY: &str =
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
    let said = rest_of_stderr(child);
    assert!(!said.contains("panicked"), "{said}");
    said
}

fn rest_of_stderr(child: &mut Running) -> String {
    let mut said = String::new();
    child.0.stderr.take().expect("a pipe").read_to_string(&mut said).expect("text");
    said
}

/// Files that are not whole.
fn unfinished(folder: &Path) -> usize {
    entries(folder).filter(|file| file.extension().is_some_and(|end| end == "new")).count()
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

/// Opened anew, what standard output was redirected to would be written to from its first byte.
#[test]
fn an_export_into_standard_output_by_its_name_is_whole() {
    let folder = Folder::new();
    let database = loaded(&folder);
    database.execute(MANY);
    let exported = |args: &[&str]| {
        let path = folder.path("states.jsonl");
        let mut command = on(&database, args);
        command.stdout(File::create(&path).expect("a file"));
        assert!(command.status().expect("it starts").success(), "{args:?}");
        fs::read_to_string(&path).expect("a file")
    };
    let plain = exported(&["state", "export"]);
    assert!(plain.lines().count() > 1, "{plain}");
    assert!(exported(&["state", "export", "/dev/stdout"]) == plain);
}

#[test]
fn a_signal_ends_an_export_whose_reader_has_stalled() {
    let folder = Folder::new();
    let database = loaded(&folder);
    database.execute(MANY);
    for signal in [Signal::INT, Signal::TERM] {
        let mut child = Running::start(on(&database, &["state", "export"]));
        let mut stdout = child.0.stdout.take().expect("a pipe");
        // it has begun, and nobody reads on
        stdout.read_exact(&mut [0]).expect("a line");
        let said = assert_ends(&mut child, signal);
        assert!(said.contains("told to stop"), "{said}");
        let mut written = String::new();
        stdout.read_to_string(&mut written).expect("text");
        assert!(!written.contains("\"states\":"), "it has no end");
    }
}

#[test]
fn a_signal_ends_an_export_into_a_pipe_that_is_not_read_on() {
    let folder = Folder::new();
    let database = loaded(&folder);
    database.execute(MANY);
    let pipe = named_pipe(&folder);
    let mut child = Running::start(on(&database, &["state", "export", pipe.to_str().unwrap()]));
    let mut reader = File::open(&pipe).expect("a pipe");
    reader.read_exact(&mut [0]).expect("it has begun");
    let said = assert_ends(&mut child, Signal::TERM);
    assert!(said.contains("told to stop"), "{said}");
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "looks into /proc")]
fn a_signal_ends_an_export_into_a_pipe_that_nobody_opens() {
    let folder = Folder::new();
    let database = loaded(&folder);
    let pipe = named_pipe(&folder);
    let mut child = Running::start(on(&database, &["state", "export", pipe.to_str().unwrap()]));
    child.wait_for_thread("apart");
    let said = assert_ends(&mut child, Signal::TERM);
    assert!(said.contains("told to stop"), "{said}");
}

#[test]
fn an_export_that_is_told_to_stop_leaves_no_file_behind() {
    for signals in [&[Signal::TERM][..], &[Signal::INT, Signal::TERM]] {
        let folder = Folder::new();
        let database = loaded(&folder);
        let lock = locked(&database);
        let path = folder.path("states.jsonl");
        fs::write(&path, "old").expect("a file");
        let around = path.parent().expect("a folder");
        let mut child = Running::start(on(&database, &["state", "export", path.to_str().unwrap()]));
        // it is there before the destination is looked at
        wait_until("the file", || unfinished(around) == 1);
        let sent = Stopwatch::start();
        for signal in signals {
            child.signal(*signal);
        }
        assert_eq!(child.end(LIMIT, &sent), 130);
        drop(lock);
        assert_eq!(fs::read_to_string(&path).expect("a file"), "old");
        assert_eq!(unfinished(around), 0, "{signals:?}");
    }
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "looks into /proc")]
fn what_is_left_behind_by_a_signal_does_not_fail_aloud() {
    let folder = Folder::new();
    let database = loaded(&folder);
    let _lock = locked(&database);
    let mut child = Running::start(on(&database, &["rejects", "export"]));
    child.wait_for_open(database.path());
    let said = assert_ends(&mut child, Signal::TERM);
    assert!(said.contains("told to stop"), "{said}");
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "looks into /proc")]
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
        let stdout = child.stdout();
        child.wait_for_open(database.path());
        assert_ends(&mut child, Signal::TERM);
        // where nothing is to be stopped yet a program ends without a word
        wait_for(&stdout, "\"kind\":\"interrupted\"");
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
    let mut child = Running::start(on(&database, &["state", "show", "--output", "json"]));
    let mut stdout = child.0.stdout.take().expect("a pipe");
    // it is in the middle of a list that the pipe does not take
    stdout.read_exact(&mut [0; 1_000]).expect("text");
    assert_ends_by_the_second(&mut child);
}

#[test]
fn a_second_signal_ends_a_program_whose_log_is_held_up() {
    let folder = Folder::new();
    let (stalls, stalled) = mpsc::channel();
    let server = Server::start(move |_| {
        let _ = stalls.send(());
        Reply::json("[]").stall(0)
    });
    let held = env!("CARGO_BIN_EXE_held-sync");
    let database = destination(&folder.database());
    let mut command = connector_tests::sync(held, &server, &database, KEY);
    // it waits for who reads this when it is told to stop
    command.arg("--report").arg(named_pipe(&folder));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = Running::start(command);
    let stdout = child.stdout();
    stalled.recv_timeout(LONGEST).expect("a request comes");
    child.signal(Signal::TERM);
    wait_for(&stdout, "interrupted");
    assert_ends_by_the_second(&mut child);
}

/// Not because stopping takes as long as it may.
fn assert_ends_by_the_second(child: &mut Running) {
    child.signal(Signal::INT);
    let sent = child.signal(Signal::TERM);
    assert_eq!(child.end(LONGEST, &sent), 130);
    let said = rest_of_stderr(child);
    assert!(!said.contains("as long as it may"), "{said}");
}

/// A run of two rows, whose result and complaints were told.
fn told(folder: &Folder, report: &Path, metrics: &Path) -> Running {
    let api = OffsetApi::new(items(1..3)).key(KEY).serve();
    let mut command = command(&api, &folder.database());
    command.arg("--report").arg(report).arg("--metrics").arg(metrics);
    command.args(["--log", "off"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = Running::start(command);
    let (stdout, stderr) = (child.stdout(), child.stderr());
    wait_for(&stdout, "done");
    wait_for(&stderr, "note");
    child
}

/// It waits for who reads the pipe, and has written the file by then.
#[test]
fn what_is_said_does_not_wait_for_files_that_nobody_reads() {
    const REPORT: &str = "\"status\":\"done\"";
    const METRICS: &str = "connector_resource_rows";
    for is_report in [true, false] {
        let folder = Folder::new();
        let (pipe, file) = (named_pipe(&folder), folder.path("file"));
        let (report, metrics) = if is_report { (&pipe, &file) } else { (&file, &pipe) };
        let mut child = told(&folder, report, metrics);
        let of_file = fs::read_to_string(&file).expect("a file");
        let of_pipe = fs::read_to_string(&pipe).expect("a pipe");
        let (report, metrics) = if is_report { (of_pipe, of_file) } else { (of_file, of_pipe) };
        assert!(report.contains(REPORT), "{report}");
        assert!(metrics.contains(METRICS), "{metrics}");
        assert_eq!(child.end(LONGEST, &Stopwatch::start()), 0);
    }
}
