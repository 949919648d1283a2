//! A program that runs beside its test: what it prints, line by line, signals, its end.

use std::fs;
use std::io::{self, BufRead, BufReader, PipeReader, PipeWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use connector_tests::{Folder, Stopwatch};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::process::{Pid, Signal, kill_process};

/// After so long a program is not waited for any more: no test depends on it.
pub(crate) const LONGEST: Duration = Duration::from_secs(60);

/// A pipe that is full, and stays so until the other end is read.
pub(crate) fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, writer) = io::pipe().expect("a pipe");
    let flags = fcntl_getfl(&writer).expect("a pipe has flags");
    fcntl_setfl(&writer, flags | OFlags::NONBLOCK).expect("they can be set");
    while (&writer).write(b"\n").is_ok() {}
    fcntl_setfl(&writer, flags).expect("they can be set");
    (reader, writer)
}

/// A named pipe that nobody reads.
pub(crate) fn named_pipe(folder: &Folder) -> PathBuf {
    let path = folder.path("pipe");
    let made = Command::new("mkfifo").arg(&path).status().expect("the program starts");
    assert!(made.success());
    path
}

/// A program, which is ended with its test.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        Self(command.stdin(Stdio::null()).spawn().expect("the program starts"))
    }

    /// One that has something to read on standard input.
    pub(crate) fn fed(mut command: Command) -> (Self, ChildStdin) {
        let mut child = command.stdin(Stdio::piped()).spawn().expect("the program starts");
        let stdin = child.stdin.take().expect("a pipe");
        (Self(child), stdin)
    }

    /// The lines that it prints. A thread reads them: a test does not wait for them without an end.
    pub(crate) fn stdout(&mut self) -> Receiver<String> {
        lines(self.0.stdout.take().expect("a pipe"))
    }

    pub(crate) fn stderr(&mut self) -> Receiver<String> {
        lines(self.0.stderr.take().expect("a pipe"))
    }

    pub(crate) fn signal(&self, signal: Signal) -> Stopwatch {
        let sent = Stopwatch::start();
        kill_process(Pid::from_child(&self.0), signal).expect("it was not waited for");
        sent
    }

    /// Waits until a thread of this name has begun: the program is where it does what may stall. Linux only.
    pub(crate) fn wait_for_thread(&self, name: &str) {
        let tasks = PathBuf::from(format!("/proc/{}/task", self.0.id()));
        let names =
            || entries(&tasks).filter_map(|task| fs::read_to_string(task.join("comm")).ok());
        wait_until(name, || names().any(|found| found.trim_end() == name));
    }

    /// Waits until it has opened a file. Linux only.
    pub(crate) fn wait_for_open(&self, path: &Path) {
        let open = PathBuf::from(format!("/proc/{}/fd", self.0.id()));
        let path = path.canonicalize().expect("it is there");
        let is_it = |file: PathBuf| fs::read_link(file).is_ok_and(|found| found == path);
        wait_until("the file is open", || entries(&open).any(is_it));
    }

    /// Waits for its end; its exit code.
    pub(crate) fn end(&mut self, limit: Duration, since: &Stopwatch) -> i32 {
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

/// What is in a folder.
pub(crate) fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path())
}

/// Looks until it is so.
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let since = Stopwatch::start();
    while !is_so() {
        assert!(since.elapsed() < LONGEST, "waiting for {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (send, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).lines() {
            let Ok(line) = line else { return };
            let _ = send.send(line);
        }
    });
    lines
}

pub(crate) fn wait_for(lines: &Receiver<String>, text: &str) -> String {
    loop {
        let line = lines.recv_timeout(LONGEST).unwrap_or_else(|_| panic!("no line has `{text}`"));
        if line.contains(text) {
            return line;
        }
    }
}
