//! The front ends for data platforms: Airbyte and Singer.
#![cfg(unix)]

mod airbyte;
mod clients;
mod singer;

use std::io::{self, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use connector_runtime::prelude::*;
use connector_runtime::protocol::Output;
use connector_runtime::run::Run;
use connector_tests::{
    Child, Folder, HELPDESK_TOKEN, Helpdesk, HelpdeskApi, Outcome, Server, View,
};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

/// The connector of [`connector_tests::Helpdesk`] as a program.
const PROGRAM: &str = env!("CARGO_BIN_EXE_helpdesk-sync");

/// Messages, as they came.
type Messages = Vec<Value>;

/// What was written to an [`Output`].
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn output(&self) -> Output {
        Output::new(self.clone()).expect("a thread")
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("no panic").clone()).expect("text")
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn helpdesk() -> Helpdesk {
    Helpdesk {
        token: Secret::new(HELPDESK_TOKEN),
        start: Timestamp::UNIX_EPOCH,
        view: View::All,
        tags: None,
        archive: false,
    }
}

/// A run in small commits, against a server.
fn run(server: &Server) -> Run {
    helpdesk().sync().base_url(server.url()).batch_rows(16)
}

/// Every line is a message, and none of them holds the token.
fn messages(text: &str) -> Messages {
    assert!(text.is_empty() || text.ends_with('\n'), "half a line: {text}");
    assert!(!text.contains("t0ken"), "the token is in it: {text}");
    let parse = |line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
    text.lines().map(parse).collect()
}

/// Those of a type, without the envelope where it has one.
fn of_type<'a>(messages: &'a [Value], ty: &'static str) -> impl Iterator<Item = &'a Value> {
    messages.iter().filter(move |message| message["type"] == ty)
}

/// Configuration for a program that asks this server.
fn config(server: &Server) -> Value {
    json!({ "token": HELPDESK_TOKEN, "base_url": server.url() })
}

/// Files that are handed to a program.
struct Files(Folder);

impl Files {
    fn new() -> Self {
        Self(Folder::new())
    }

    fn write(&self, name: &str, content: &Value) -> String {
        let path = self.0.path(name);
        std::fs::write(&path, content.to_string()).expect("a file");
        path.to_str().expect("text").to_owned()
    }
}

/// Runs the program to its end.
fn program(args: &[&str]) -> Outcome {
    Child::default().run(command(args))
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(args).env_clear();
    command
}

/// Tickets without end, which are more than a pipe takes.
fn endless_tickets() -> Server {
    Server::start(move |request| {
        let offset = request.number("offset").unwrap_or_default() as u64;
        HelpdeskApi::tickets_of(offset + 1..=offset + 40)
    })
}

/// Runs the program with a pipe that nobody reads, sends the signal when it is full, and waits for the
/// end: far longer than it may take, far shorter than without one.
fn stalled(mut command: Command, server: &Server, signal: Signal) -> ExitStatus {
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
    let begun = Instant::now();
    let mut asked = (0, Instant::now());
    // nothing more is asked where nothing more is written
    while asked.0 == 0 || asked.1.elapsed() < Duration::from_secs(1) {
        assert!(begun.elapsed() < Duration::from_secs(60), "the pipe does not fill");
        thread::sleep(Duration::from_millis(20));
        if server.count() > asked.0 {
            asked = (server.count(), Instant::now());
        }
    }
    kill_process(Pid::from_child(&child), signal).expect("it runs");
    let sent = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("a status") {
            return status;
        }
        if sent.elapsed() > Duration::from_secs(25) {
            child.kill().expect("it runs");
            panic!("it does not end by {signal:?}");
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Compares with a file of `snapshots`; with `UPDATE_SNAPSHOTS` it is written anew.
fn assert_snapshot(name: &str, text: &str) {
    let path = format!("{}/protocol/snapshots/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, text).expect("a file");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(text == expected, "`{path}` has\n{expected}\nbut it is\n{text}");
}
