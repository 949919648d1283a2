//! The sync binary as a process of its own.

use std::ffi::OsStr;
use std::io::Read;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

use crate::server::Server;

/// A process that is about to run; whoever has a clone can send it a signal.
///
/// A server's handler does so when a certain request arrives: the moment is a place in the run,
/// not a time.
#[derive(Clone, Default)]
pub struct Child(Arc<Mutex<Option<std::process::Child>>>);

/// How a process ended.
#[derive(Debug)]
pub struct Outcome {
    /// Its status.
    pub status: ExitStatus,
    /// What it printed.
    pub stdout: String,
    /// What it logged.
    pub stderr: String,
}

impl Outcome {
    /// The exit code.
    ///
    /// # Panics
    ///
    /// When the process was killed.
    pub fn code(&self) -> i32 {
        self.status.code().unwrap_or_else(|| panic!("no exit code: {self:?}"))
    }
}

/// `program sync` with everything it needs.
pub fn sync(program: &str, server: &Server, database: &OsStr, key: &str) -> Command {
    let mut command = Command::new(program);
    command.args(["sync", "--base-url", &server.url(), "--destination"]).arg(database);
    command.env_clear().env("EXAMPLE_API_API_KEY", key);
    command
}

impl Child {
    /// Runs the process to its end.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub fn run(&self, mut command: Command) -> Outcome {
        let (mut stdout, mut stderr) = {
            // signals wait until the process is there
            let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let child = command
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("the process starts");
            let child = slot.insert(child);
            (child.stdout.take().expect("a pipe"), child.stderr.take().expect("a pipe"))
        };
        let errors = thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).map(|_| text)
        });
        let mut text = String::new();
        stdout.read_to_string(&mut text).expect("text");
        let stderr = errors.join().expect("no panic").expect("text");
        // both pipes are closed: the process has ended
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let status = slot.take().expect("still ours").wait().expect("a status");
        Outcome { status, stdout: text, stderr }
    }

    /// Whether a signal has stopped the process, since the last time that this was asked.
    pub fn is_stopped(&self) -> bool {
        let slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(child) = &*slot else { return false };
        // an end would be for whoever waits for the process
        let stops = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG;
        waitid(WaitId::Pid(Pid::from_child(child)), stops).is_ok_and(|status| status.is_some())
    }

    /// Sends a signal, unless the process has ended.
    pub fn signal(&self, signal: Signal) {
        let slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(child) = &*slot {
            // it was not waited for yet: the number is still its own
            let _ = kill_process(Pid::from_child(child), signal);
        }
    }
}
