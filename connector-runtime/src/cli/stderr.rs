//! [`Stderr`]: standard error of the process. One thread writes what is on it: the log, the lines of
//! running resources, and what is said at the end.
//!
//! Whoever reads it may be slow, or have stopped, as a terminal does at Ctrl-S: no run is held up by that.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

use super::display::{Running, lock};
use super::log::Form;
use super::screen::Screen;
use crate::error::Result;
use crate::output::Output;

/// Lines of the log that wait at most; those that come then are left out, and counted.
const MOST_WAITING: usize = 10_000;
/// How long a reader is waited for who takes nothing.
const PATIENCE: Duration = Duration::from_secs(5);
/// The same where the program was told to stop, or has waited for him before.
const HURRY: Duration = Duration::from_millis(150);

/// What is said on standard error, in the order in which it was said.
#[derive(Clone, Debug)]
pub(super) struct Stderr {
    output: Output,
    running: Running,
    is_hurried: Arc<AtomicBool>,
}

impl Stderr {
    pub(super) fn start() -> Result<Self> {
        let running = Running::default();
        Self::on(Screen::new(running.clone()), running)
    }

    fn on(sink: impl Write + Send + 'static, running: Running) -> Result<Self> {
        Ok(Self { output: Output::new(sink)?, running, is_hurried: Arc::default() })
    }

    /// What the screen shows, where it does.
    pub(super) fn running(&self) -> &Running {
        &self.running
    }

    /// What runs has changed.
    pub(super) fn draw(&self) {
        // whatever waits is followed by a look at it
        if self.output.waiting() == 0 {
            self.output.say(Vec::new());
        }
    }

    /// Nothing runs any more.
    pub(super) fn clear(&self) {
        *lock(&self.running) = Default::default();
        self.output.say(Vec::new());
    }

    /// From now on there is little time.
    pub(super) fn hurry(&self) {
        self.is_hurried.store(true, Ordering::Relaxed);
    }
}

impl Write for Stderr {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        self.output.say(lines.to_vec());
        Ok(lines.len())
    }

    /// Waits until everything is written, unless nobody takes it: what is left then is lost if it is not
    /// taken before the program ends.
    fn flush(&mut self) -> io::Result<()> {
        let limit = if self.is_hurried.load(Ordering::Relaxed) { HURRY } else { PATIENCE };
        if !self.output.finish_within(limit) {
            self.hurry();
        }
        Ok(())
    }
}

/// The log, which does not wait for its reader.
#[derive(Clone, Debug)]
pub(super) struct LogWriter {
    stderr: Stderr,
    form: Form,
    left_out: Arc<AtomicU64>,
}

impl LogWriter {
    pub(super) fn new(stderr: Stderr, form: Form) -> Self {
        Self { stderr, form, left_out: Arc::default() }
    }

    pub(super) fn stderr(&self) -> &Stderr {
        &self.stderr
    }

    /// There is no more of it.
    pub(super) fn end(&self) {
        self.own_up();
        // that its reader has stalled is his own affair
        let _ = self.stderr.clone().flush();
    }

    /// Says how many lines were left out, if some were since that was last said.
    fn own_up(&self) {
        match self.left_out.swap(0, Ordering::Relaxed) {
            0 => {}
            count => self.stderr.output.say(self.form.left_out(count).into_bytes()),
        }
    }
}

impl<'a> MakeWriter<'a> for LogWriter {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Write for LogWriter {
    /// Takes a whole line.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.stderr.output.waiting() < MOST_WAITING {
            self.own_up();
            self.stderr.output.say(line.to_vec());
        } else {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::testing::Stalled;

    fn on(sink: &Stalled) -> Stderr {
        Stderr::on(sink.clone(), Running::default()).unwrap()
    }

    #[test]
    fn lines_that_nobody_takes_are_left_out_and_counted() {
        let sink = Stalled::default();
        let mut stderr = on(&sink);
        let mut log = LogWriter::new(stderr.clone(), Form::Terminal);
        // the thread has begun with one of them
        log.write_all(b"line\n").unwrap();
        while stderr.output.waiting() > 0 {
            std::thread::yield_now();
        }
        for _ in 0..MOST_WAITING + 3 {
            log.write_all(b"line\n").unwrap();
        }
        sink.read();
        stderr.flush().unwrap();
        assert_eq!(sink.text(), "line\n".repeat(MOST_WAITING + 1));
        log.write_all(b"later\n").unwrap();
        log.own_up();
        stderr.write_all(b"error: last\n").unwrap();
        stderr.flush().unwrap();
        let told =
            " WARN 3 log lines were left out: standard error was not read\nlater\nerror: last\n";
        assert_eq!(sink.text().split_off("line\n".len() * (MOST_WAITING + 1)), told);
    }

    #[test]
    fn a_reader_who_has_stalled_is_not_waited_for_twice() {
        let sink = Stalled::default();
        let mut stderr = on(&sink);
        stderr.hurry();
        stderr.write_all(b"error: last\n").unwrap();
        stderr.flush().unwrap();
        assert_eq!(sink.text(), "");
        // the screen is drawn when there is room for it
        for _ in 0..3 {
            stderr.draw();
        }
        assert!(stderr.output.waiting() <= 2, "{}", stderr.output.waiting());
        sink.read();
    }
}
