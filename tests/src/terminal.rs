//! A program on a terminal of its own, and what is on the screen.

use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZero;

use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// After so long a screen is not waited for any more: no test depends on it.
const LIMIT: Duration = Duration::from_secs(60);

/// A program on a terminal.
pub struct Terminal {
    child: Child,
    ours: Arc<File>,
    screen: Arc<Mutex<Screen>>,
    reader: Option<JoinHandle<()>>,
}

struct Screen {
    parser: vt100::Parser,
    bytes: Vec<u8>,
}

impl Terminal {
    /// Starts a program whose standard output and error are a terminal of this size.
    ///
    /// # Panics
    ///
    /// When the machine has no terminal left, or the program does not start.
    pub fn start(mut command: Command, columns: u16) -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&ours).expect("it is ours");
        unlockpt(&ours).expect("it opens");
        let name = ptsname(&ours, Vec::new()).expect("it has a name");
        let theirs = File::options()
            .read(true)
            .write(true)
            .open(name.to_str().expect("a path"))
            .expect("the other end");
        resize(&ours, columns);
        let other = theirs.try_clone().expect("another handle");
        if !command.get_envs().any(|(name, _)| name == "TERM") {
            command.env("TERM", "xterm-256color");
        }
        let child = command
            .stdin(Stdio::null())
            .stdout(theirs)
            .stderr(other)
            .spawn()
            .expect("the program starts");
        // its handles on the other end are closed with it
        drop(command);
        let ours = Arc::new(File::from(ours));
        let parser = vt100::Parser::new(ROWS, wide(columns), 0);
        let screen = Arc::new(Mutex::new(Screen { parser, bytes: Vec::new() }));
        let reader = thread::spawn({
            let (ours, screen) = (ours.clone(), screen.clone());
            move || read(&ours, &screen)
        });
        Self { child, ours, screen, reader: Some(reader) }
    }

    /// The terminal has so many columns now.
    pub fn resize(&self, columns: u16) {
        lock(&self.screen).parser.screen_mut().set_size(ROWS, wide(columns));
        resize(&*self.ours, columns);
    }

    /// What is on the screen, without empty lines at its end.
    pub fn text(&self) -> String {
        lock(&self.screen).parser.screen().contents().trim_end().to_owned()
    }

    /// Waits until the screen is as it should be, and returns it.
    ///
    /// # Panics
    ///
    /// When it does not get so.
    pub fn wait_for(&self, is_good: impl Fn(&str) -> bool) -> String {
        let started = Instant::now();
        loop {
            let text = self.text();
            if is_good(&text) {
                return text;
            }
            assert!(started.elapsed() < LIMIT, "the screen stays as it is:\n{text}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Types this.
    ///
    /// # Panics
    ///
    /// When the terminal takes no more.
    pub fn type_keys(&self, keys: &[u8]) {
        (&*self.ours).write_all(keys).expect("a terminal takes keys");
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        // it was not waited for yet: the number is still its own
        let _ = kill_process(Pid::from_child(&self.child), signal);
    }

    /// Waits for the end of the program; what is on the screen then.
    ///
    /// # Panics
    ///
    /// When the program cannot be waited for.
    pub fn end(self) -> (ExitStatus, String) {
        let (status, text, _) = self.end_with_bytes();
        (status, text)
    }

    /// The same, and everything that was written, with what steers the terminal.
    ///
    /// # Panics
    ///
    /// When the program cannot be waited for.
    pub fn end_with_bytes(mut self) -> (ExitStatus, String, Vec<u8>) {
        let status = self.child.wait().expect("a status");
        if let Some(reader) = self.reader.take() {
            reader.join().expect("no panic");
        }
        let text = self.text();
        let bytes = lock(&self.screen).bytes.clone();
        (status, text, bytes)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Lines of the terminal.
const ROWS: NonZero<u16> = NonZero::new(24).expect("a number");

fn wide(columns: u16) -> NonZero<u16> {
    NonZero::new(columns).expect("a terminal has columns")
}

fn resize(terminal: impl std::os::fd::AsFd, columns: u16) {
    let size = Winsize { ws_row: ROWS.get(), ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(terminal, size).expect("a size");
}

/// Reads until the other end is closed.
fn read(mut ours: &File, screen: &Mutex<Screen>) {
    let mut buffer = [0; 4096];
    // at the end there is an error, not an end of the file
    while let Ok(count @ 1..) = ours.read(&mut buffer) {
        let mut screen = lock(screen);
        screen.bytes.extend_from_slice(&buffer[..count]);
        screen.parser.process(&buffer[..count]);
    }
}

fn lock(screen: &Mutex<Screen>) -> MutexGuard<'_, Screen> {
    screen.lock().unwrap_or_else(PoisonError::into_inner)
}
