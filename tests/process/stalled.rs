//! Whoever reads what the program writes has stopped reading, and holds the other end of the pipe: neither a
//! run nor a signal waits for that.

use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::mpsc;

use connector_tests::{Folder, KEY, Reply, Server, Stopwatch};
use rustix::process::Signal;

use super::running::{LONGEST, Running, full_pipe, named_pipe, wait_for, wait_until};
use super::signals::LIMIT;
use super::{PROGRAM, ROWS, api, command};

#[test]
fn a_run_does_not_wait_for_the_reader_of_its_log() {
    let (folder, server) = (Folder::new(), api().serve());
    let (_reader, writer) = full_pipe();
    let mut command = command(&server, &folder.database());
    command.args(["-vv", "--output", "json"]).stdout(Stdio::piped()).stderr(writer);
    let mut child = Running::start(command);
    let stdout = child.stdout();
    let code = child.end(LONGEST, &Stopwatch::start());
    assert_eq!(code, 0);
    wait_for(&stdout, &format!("\"inserted\":{ROWS},"));
}

#[test]
fn a_log_that_is_read_late_is_whole() {
    let (folder, server) = (Folder::new(), api().serve());
    let (reader, writer) = full_pipe();
    let mut command = command(&server, &folder.database());
    command.args(["-v", "--output", "json"]).stdout(Stdio::piped()).stderr(writer);
    let mut child = Running::start(command);
    server.wait_for(26);
    let mut log = String::new();
    { reader }.read_to_string(&mut log).expect("text");
    assert_eq!(child.end(LONGEST, &Stopwatch::start()), 0);
    assert!(log.contains("rows=50000"), "{log}");
    assert!(log.matches("DEBUG page ").count() >= 25, "{log}");
    assert!(!log.contains("left out"), "{log}");
}

#[test]
fn a_signal_does_not_wait_for_the_reader_of_the_log() {
    let folder = Folder::new();
    let (stalls, stalled) = mpsc::channel();
    let server = Server::start(move |_| {
        let _ = stalls.send(());
        Reply::json("{\"data\":[]}").stall(0)
    });
    let (_reader, writer) = full_pipe();
    let mut command = command(&server, &folder.database());
    command.args(["-vv", "--output", "json"]).stdout(Stdio::piped()).stderr(writer);
    let mut child = Running::start(command);
    let stdout = child.stdout();
    stalled.recv_timeout(LONGEST).expect("a request comes");
    let sent = child.signal(Signal::TERM);
    assert_eq!(child.end(LIMIT, &sent), 130);
    wait_for(&stdout, "\"status\":\"interrupted\"");
}

#[test]
fn a_run_that_is_over_ends_as_it_did_whoever_reads_its_summary() {
    for numbers in [&[Signal::INT][..], &[Signal::TERM], &[Signal::TERM, Signal::INT]] {
        let (folder, server) = (Folder::new(), api().serve());
        let (_reader, writer) = full_pipe();
        let (report, metrics) = (folder.path("report.json"), folder.path("metrics"));
        let mut command = command(&server, &folder.database());
        command.arg("--report").arg(&report).arg("--metrics").arg(&metrics);
        command.stdout(writer).stderr(Stdio::null());
        let mut child = Running::start(command);
        // files do not wait for it
        wait_until("the metrics", || metrics.exists());
        let sent = Stopwatch::start();
        for number in numbers {
            child.signal(*number);
        }
        assert_eq!(child.end(LIMIT, &sent), 0);
        assert!(fs::read_to_string(&report).expect("a file").contains("\"status\":\"done\""));
        let metrics = fs::read_to_string(&metrics).expect("a file");
        assert!(metrics.contains("connector_run_success"), "{metrics}");
    }
}

#[test]
fn a_run_that_is_over_ends_as_it_did_whoever_reads_its_report() {
    for number in [Signal::INT, Signal::TERM] {
        let (folder, server) = (Folder::new(), api().serve());
        let mut command = command(&server, &folder.database());
        command.args(["--output", "json", "--report"]).arg(named_pipe(&folder));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = Running::start(command);
        let (stdout, mut stderr) = (child.stdout(), child.0.stderr.take().expect("a pipe"));
        // the pipe comes behind it
        wait_for(&stdout, "\"status\":\"done\"");
        let sent = child.signal(number);
        assert_eq!(child.end(LIMIT, &sent), 0);
        let mut said = String::new();
        stderr.read_to_string(&mut said).expect("text");
        assert!(!said.contains("stopping where it is safe"), "nothing is to be stopped: {said}");
    }
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "needs /dev/full")]
fn a_result_that_cannot_be_printed_stays_one_whoever_reads_its_report() {
    let (folder, server) = (Folder::new(), api().serve());
    let mut command = command(&server, &folder.database());
    command.args(["--output", "json", "--report"]).arg(named_pipe(&folder));
    let full = fs::File::options().write(true).open("/dev/full").expect("a device");
    command.stdout(full).stderr(Stdio::piped());
    let mut child = Running::start(command);
    let stderr = child.stderr();
    wait_for(&stderr, "standard output cannot be written");
    child.signal(Signal::INT);
    let sent = child.signal(Signal::TERM);
    assert_eq!(child.end(LIMIT, &sent), 1);
}

#[test]
fn a_preview_that_is_over_ends_as_it_did_whoever_reads_it() {
    let server = api().serve();
    let mut command = Command::new(PROGRAM);
    command.args(["preview", "resource_name", "--limit", "5000", "--output", "json"]);
    command.args(["--base-url", &server.url()]).env_clear().env("EXAMPLE_API_API_KEY", KEY);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = Running::start(command);
    let mut stdout = child.0.stdout.take().expect("a pipe");
    // more than a pipe takes, and nobody reads on
    stdout.read_exact(&mut [0]).expect("a row");
    child.signal(Signal::INT);
    let sent = child.signal(Signal::TERM);
    assert_eq!(child.end(LIMIT, &sent), 0);
}

#[test]
fn one_signal_is_enough_where_nobody_reads_the_metrics() {
    let folder = Folder::new();
    let (stalls, stalled) = mpsc::channel();
    let server = Server::start(move |_| {
        let _ = stalls.send(());
        Reply::json("{\"data\":[]}").stall(0)
    });
    let mut command = command(&server, &folder.database());
    command.arg("--metrics").arg(named_pipe(&folder));
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = Running::start(command);
    let stderr = child.stderr();
    stalled.recv_timeout(LONGEST).expect("a request comes");
    let sent = child.signal(Signal::TERM);
    assert_eq!(child.end(LIMIT, &sent), 130);
    wait_for(&stderr, "without what it still waits for");
}
