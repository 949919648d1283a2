//! Whoever reads what the program writes has stopped reading, and holds the other end of the pipe: neither a
//! run nor a signal waits for that.

use std::io::{self, BufRead, BufReader, PipeReader, PipeWriter, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use connector_tests::{Folder, Reply, Server, Stopwatch};
use rustix::process::{Pid, Signal, kill_process};

use super::signals::LIMIT;
use super::{ROWS, api, command};

/// After so long a program is not waited for any more: no test depends on it.
const LONGEST: Duration = Duration::from_secs(60);

/// Ends a program at once: sooner than any that has something to wait for.
const AT_ONCE: Duration = Duration::from_secs(2);

/// A pipe that is full, and stays so until the other end is read.
fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, writer) = io::pipe().expect("a pipe");
    let mut filler = writer.try_clone().expect("a handle");
    // ends with an error when the reader has gone
    thread::spawn(move || filler.write_all(&[b'\n'; 1 << 20]));
    (reader, writer)
}

/// A named pipe that nobody reads.
fn named_pipe(folder: &Folder) -> PathBuf {
    let path = folder.path("pipe");
    let made = Command::new("mkfifo").arg(&path).status().expect("the program starts");
    assert!(made.success());
    path
}

/// A program, which is ended with its test.
struct Running(Child);

impl Running {
    fn start(mut command: Command) -> Self {
        Self(command.stdin(Stdio::null()).spawn().expect("the program starts"))
    }

    /// The lines that it prints. A thread reads them: a test does not wait for them without an end.
    fn stdout(&mut self) -> Receiver<String> {
        lines(self.0.stdout.take().expect("a pipe"))
    }

    fn stderr(&mut self) -> Receiver<String> {
        lines(self.0.stderr.take().expect("a pipe"))
    }

    fn signal(&self, signal: Signal) -> Stopwatch {
        let sent = Stopwatch::start();
        kill_process(Pid::from_child(&self.0), signal).expect("it was not waited for");
        sent
    }

    /// Waits for its end; its exit code.
    fn end(&mut self, limit: Duration, since: &Stopwatch) -> i32 {
        loop {
            if let Some(status) = self.0.try_wait().expect("a status") {
                return status.code().unwrap_or_else(|| panic!("{status:?}"));
            }
            assert!(since.elapsed() < limit, "it has not ended within {limit:?}");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (send, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).lines() {
            let Ok(line) = line else { return };
            let _ = send.send(line);
        }
    });
    lines
}

fn wait_for(lines: &Receiver<String>, text: &str) -> String {
    loop {
        let line = lines.recv_timeout(LONGEST).unwrap_or_else(|_| panic!("no line has `{text}`"));
        if line.contains(text) {
            return line;
        }
    }
}

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
fn a_signal_does_not_wait_for_the_reader_of_the_summary() {
    for number in [Signal::INT, Signal::TERM] {
        let (folder, server) = (Folder::new(), api().serve());
        let (_reader, writer) = full_pipe();
        let mut command = command(&server, &folder.database());
        command.stdout(writer).stderr(Stdio::piped());
        let mut child = Running::start(command);
        let stderr = child.stderr();
        wait_for(&stderr, &format!("received={ROWS}"));
        let sent = child.signal(number);
        assert_eq!(child.end(LIMIT, &sent), 130);
    }
}

#[test]
fn a_signal_does_not_wait_for_the_reader_of_a_report() {
    for number in [Signal::INT, Signal::TERM] {
        let (folder, server) = (Folder::new(), api().serve());
        let mut command = command(&server, &folder.database());
        command.args(["--output", "json", "--report"]).arg(named_pipe(&folder));
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = Running::start(command);
        let stdout = child.stdout();
        // the file comes behind it
        wait_for(&stdout, "\"status\":\"done\"");
        let sent = child.signal(number);
        assert_eq!(child.end(AT_ONCE, &sent), 130);
    }
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
    wait_for(&stderr, "nobody takes what the program has to say");
}
