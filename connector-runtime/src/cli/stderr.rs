//! [`Stderr`]: standard error of the process. One thread writes what is on it: the log, the lines of
//! running resources, and what is said at the end.
//!
//! Whoever reads it may be slow, or have stopped, as a terminal does at Ctrl-S: no run is held up by that.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

use super::display::{Running, lock};
use super::log::Form;
use super::screen::Screen;
use crate::error::Result;
use crate::output::{Output, Waited};

/// Lines of the log that wait at most; those that come then are left out, and counted.
const MOST_WAITING: usize = 10_000;
/// How long a reader is waited for who takes nothing; before the result, one who takes little, too.
const PATIENCE: Duration = Duration::from_secs(5);
/// The same where the program was told to stop, or has waited for him before.
const HURRY: Duration = Duration::from_millis(150);

/// What is said on standard error, in the order in which it was said.
#[derive(Clone, Debug)]
pub(super) struct Stderr {
    output: Output,
    running: Running,
    is_hurried: Arc<AtomicBool>,
    /// How the log is written, where there is one.
    form: Arc<OnceLock<Form>>,
    /// Its lines that were left out, and not told yet.
    left_out: Arc<AtomicU64>,
}

impl Stderr {
    pub(super) fn start() -> Result<Self> {
        let running = Running::default();
        Self::on(Screen::new(running.clone()), running)
    }

    fn on(sink: impl Write + Send + 'static, running: Running) -> Result<Self> {
        Ok(Self {
            output: Output::new(sink)?,
            running,
            is_hurried: Arc::default(),
            form: Arc::default(),
            left_out: Arc::default(),
        })
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

    pub(super) fn is_hurried(&self) -> bool {
        self.is_hurried.load(Ordering::Relaxed)
    }

    /// Lets what was said come first, as far as that goes: a result does not wait long for the log.
    pub(super) fn settle(&self) {
        self.wait(|waited| waited.in_all);
    }

    /// Says what has to be said, whatever is logged.
    pub(super) fn warn(&self, text: &str) {
        let form = self.form.get().copied().unwrap_or(Form::Terminal);
        self.output.say(form.warning(text).into_bytes());
    }

    /// Says what can be said in no time. Of the log that still waits then, only how much it is.
    pub(super) fn finish(&self) {
        self.hurry();
        self.clear();
        self.own_up();
        if !self.wait(|waited| waited.in_all) {
            self.shorten();
        }
    }

    /// There is little time: the log that still waits makes room for what else is to be said, and how much it was.
    fn shorten(&self) {
        self.left_out.fetch_add(self.output.withdraw(), Ordering::Relaxed);
        self.own_up();
        self.wait(|waited| waited.in_all);
    }

    /// Waits until everything is written, as long as there is patience for the `time`. Whether it is.
    fn wait(&self, time: fn(Waited) -> Duration) -> bool {
        let mut last = Waited::default();
        let is_finished = self.output.finish_until(|waited| {
            last = waited;
            time(waited) >= self.patience()
        });
        if !is_finished && last.in_vain >= self.patience() {
            self.hurry();
        }
        is_finished
    }

    /// It is looked at again and again: a signal may come meanwhile.
    fn patience(&self) -> Duration {
        if self.is_hurried() { HURRY } else { PATIENCE }
    }

    /// Says how many lines of the log were left out, if some were since that was last said.
    fn own_up(&self) {
        let Some(form) = self.form.get() else { return };
        match self.left_out.swap(0, Ordering::Relaxed) {
            0 => {}
            count => self.output.say(form.left_out(count).into_bytes()),
        }
    }
}

impl Write for Stderr {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        self.output.say(lines.to_vec());
        Ok(lines.len())
    }

    /// Waits until everything is written, unless nobody takes it: of the log only its length is said then, and
    /// what is left of that is lost if it is not taken before the program ends.
    fn flush(&mut self) -> io::Result<()> {
        if !self.wait(|waited| waited.in_vain) {
            self.shorten();
        }
        Ok(())
    }
}

/// The log, which does not wait for its reader.
#[derive(Clone, Debug)]
pub(super) struct LogWriter {
    stderr: Stderr,
}

impl LogWriter {
    pub(super) fn new(stderr: Stderr, form: Form) -> Self {
        // a program has one log
        let _ = stderr.form.set(form);
        Self { stderr }
    }

    pub(super) fn stderr(&self) -> &Stderr {
        &self.stderr
    }

    /// There is no more of it.
    pub(super) fn end(&self) {
        self.stderr.own_up();
        self.stderr.settle();
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
            self.stderr.own_up();
            self.stderr.output.say_spare(line.to_vec());
        } else {
            self.stderr.left_out.fetch_add(1, Ordering::Relaxed);
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
        stderr.own_up();
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

    #[test]
    fn what_waits_of_the_log_at_the_very_end_is_told() {
        let sink = Stalled::default();
        let stderr = on(&sink);
        let mut log = LogWriter::new(stderr.clone(), Form::Terminal);
        log.write_all(b"line\n").unwrap();
        while stderr.output.waiting() > 0 {
            std::thread::yield_now();
        }
        for _ in 0..4 {
            log.write_all(b"line\n").unwrap();
        }
        stderr.clone().write_all(b"error: stays\n").unwrap();
        stderr.finish();
        sink.read();
        assert!(stderr.output.finish_until(|_| false));
        let told = " WARN 4 log lines were left out: standard error was not read\n";
        assert_eq!(sink.text(), format!("line\nerror: stays\n{told}"));
    }

    #[test]
    fn a_reader_who_is_slow_is_told_from_one_who_has_stalled() {
        let (sink, other) = (Stalled::default(), Stalled::default());
        struct Both(Stalled, Stalled);
        impl Write for Both {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                let Self(first, second) = self;
                if first.text().is_empty() { first.write(bytes) } else { second.write(bytes) }
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let both = Both(sink.clone(), other.clone());
        let mut stderr = Stderr::on(both, Running::default()).unwrap();
        stderr.write_all(b"1\n").unwrap();
        stderr.write_all(b"2\n").unwrap();
        // the first line is taken after a while: the wait in vain begins anew, until the second one is
        let mut looks = 0;
        let is_finished = stderr.output.finish_until(|waited| {
            looks += 1;
            match looks {
                1 => {
                    sink.read();
                }
                _ if waited.in_vain < waited.in_all => other.read(),
                _ => {}
            }
            false
        });
        assert!(is_finished);
        assert_eq!((sink.text(), other.text()), ("1\n".to_owned(), "2\n".to_owned()));
    }
}
