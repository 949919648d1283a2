//! Signals: the first one stops the command where that is safe, the second one ends the program. So does
//! the first one where nothing is to be stopped yet, as while the configuration is read.
//!
//! A thread of its own heeds them until the program ends: whoever reads standard output, or the file of a
//! report, may have stalled, and hold up everything else.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::file::Unfinished;
use super::stderr::Stderr;
use super::{exit, runtime};
use crate::error::{Error, ErrorKind, Result};

/// How long the program goes on after the first signal, whatever it waits for. Its end is promised within
/// five seconds; a destination has three of them, and who reads what there is to say the rest.
const LIMIT: Duration = Duration::from_millis(4_500);
/// How long the thread waits for what others may hold up.
const MOMENT: Duration = Duration::from_millis(100);

/// How far the program is. Who changes it knows what it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    /// Nothing is to be stopped yet.
    #[default]
    Before,
    /// The first signal stops what is under way.
    Work,
    /// That is over, and has this exit code: it is being told.
    Over(u8),
    /// A signal ends the program: nothing begins any more.
    Ending,
}

/// What a program is ended by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    Interrupt,
    #[cfg_attr(not(unix), allow(dead_code, reason = "there is no such signal"))]
    Terminate,
}

/// What signals find, and what they do to it.
#[derive(Clone, Debug, Default)]
pub(super) struct Heeded {
    cancel: CancellationToken,
    phase: Arc<Mutex<Phase>>,
    /// Files that are to be removed where the program does not get to it.
    pub(super) unfinished: Unfinished,
    is_terminated: Arc<AtomicBool>,
    /// Ends the program when it was terminated, where an exit code is not how that is told.
    terminate: Option<fn()>,
}

impl Heeded {
    /// From now on there is work that the first signal stops.
    pub(super) fn begin(&self) -> CancellationToken {
        loop {
            match self.try_begin() {
                Some(cancel) => return cancel,
                None => thread::park(),
            }
        }
    }

    /// `None` where the program ends.
    fn try_begin(&self) -> Option<CancellationToken> {
        let mut phase = self.phase();
        if *phase == Phase::Ending {
            return None;
        }
        *phase = Phase::Work;
        Some(self.cancel.clone())
    }

    /// The work is over: whatever becomes of what is said of it, this is the exit code.
    pub(super) fn over(&self, code: u8) {
        let mut phase = self.phase();
        if *phase != Phase::Ending {
            *phase = Phase::Over(code);
        }
    }

    /// Ends the program by the signal, if it was terminated and that is how it is told.
    pub(super) fn end_if_terminated(&self) {
        if let Some(terminate) =
            self.terminate.filter(|_| self.is_terminated.load(Ordering::SeqCst))
        {
            terminate();
        }
    }

    fn phase(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, sent: Sent) {
        self.is_terminated.fetch_or(sent == Sent::Terminate, Ordering::SeqCst);
    }

    /// How far the program is when it is told to stop. Where nothing has begun, nothing will.
    fn stop(&self) -> Phase {
        let mut phase = self.phase();
        if *phase == Phase::Before {
            *phase = Phase::Ending;
        }
        *phase
    }

    /// What the program ends with, whatever it still does. It begins nothing more.
    fn code(&self) -> u8 {
        match std::mem::replace(&mut *self.phase(), Phase::Ending) {
            Phase::Over(code) => code,
            Phase::Before | Phase::Work | Phase::Ending => exit::INTERRUPTED,
        }
    }

    fn end(&self, stderr: &Stderr) -> ! {
        let unfinished = self.unfinished.clone();
        // whoever is at one may wait for a volume that hangs
        briefly(move || {
            // no further one is made, and none gets its place, until the program has ended
            std::mem::forget(unfinished.clear());
        });
        let code = self.code();
        stderr.finish();
        self.end_if_terminated();
        std::process::exit(code.into());
    }
}

/// Does `work`, and waits a moment for it.
fn briefly(work: impl FnOnce() + Send + 'static) {
    let (done, is_done) = mpsc::channel::<()>();
    let work = move || {
        work();
        drop(done);
    };
    // where the system has no thread for it, it is left out
    let _ = thread::Builder::new().name("briefly".to_owned()).spawn(work);
    let _ = is_done.recv_timeout(MOMENT);
}

/// Heeds signals from now on. `terminate`: how SIGTERM ends the program, if not by an exit code.
pub(super) fn heed(stderr: Stderr, terminate: Option<fn()>) -> Result<Heeded> {
    let heeded = Heeded { terminate, ..Heeded::default() };
    let runtime = runtime()?;
    let context = runtime.enter();
    // without handlers the system's own way to stop a program still works
    let Ok(mut signals) = Signals::new() else { return Ok(heeded) };
    drop(context);
    let heed = {
        let heeded = heeded.clone();
        move || {
            runtime.block_on(async {
                heeded.note(signals.next().await);
                let phase = heeded.stop();
                if phase != Phase::Ending {
                    let end = Instant::now() + LIMIT;
                    stderr.hurry();
                    if phase == Phase::Work {
                        // whose log it is may wait for its reader
                        briefly(|| warn!(target: "connector_runtime::run", "stopping where it is safe; a second signal ends the program at once"));
                    }
                    heeded.cancel.cancel();
                    tokio::select! {
                        sent = signals.next() => heeded.note(sent),
                        () = tokio::time::sleep_until(end.into()) => stderr.warn("stopping has taken as long as it may: the program ends without what it still waits for"),
                    }
                }
            });
            heeded.end(&stderr)
        }
    };
    let spawned = thread::Builder::new().name("signals".to_owned()).spawn(heed);
    spawned.map_err(|error| {
        let text = format!("a thread that heeds signals cannot start: {error}");
        Error::new(ErrorKind::Internal, text)
    })?;
    Ok(heeded)
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> Sent {
        tokio::select! {
            _ = self.interrupt.recv() => Sent::Interrupt,
            _ = self.terminate.recv() => Sent::Terminate,
        }
    }
}

#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn new() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) -> Sent {
        self.0.recv().await;
        Sent::Interrupt
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_finds_nothing_to_stop_or_what_is_under_way() {
        let (before, work, over) = (Heeded::default(), Heeded::default(), Heeded::default());
        assert_eq!(before.stop(), Phase::Ending);
        assert_eq!(before.code(), exit::INTERRUPTED);
        work.begin();
        assert_eq!(work.stop(), Phase::Work);
        assert_eq!(work.code(), exit::INTERRUPTED);
        over.begin();
        over.over(exit::PARTIAL);
        assert_eq!(over.stop(), Phase::Over(exit::PARTIAL));
        assert_eq!(over.code(), exit::PARTIAL);
    }

    #[test]
    fn nothing_begins_when_the_program_ends() {
        let heeded = Heeded::default();
        assert_eq!(heeded.stop(), Phase::Ending);
        assert!(heeded.try_begin().is_none());
        heeded.over(exit::DONE);
        assert_eq!(heeded.code(), exit::INTERRUPTED);
        let other = Heeded::default();
        assert!(other.try_begin().is_some());
        assert_eq!(other.code(), exit::INTERRUPTED);
        assert!(other.try_begin().is_none());
    }

    #[test]
    fn what_is_held_up_is_not_waited_for_to_its_end() {
        let held = Arc::new(Mutex::new(()));
        let guard = held.lock().unwrap();
        let other = held.clone();
        briefly(move || drop(other.lock()));
        drop(guard);
    }

    #[test]
    fn a_second_signal_that_terminates_counts_too() {
        let heeded = Heeded::default();
        heeded.note(Sent::Interrupt);
        assert!(!heeded.is_terminated.load(Ordering::SeqCst));
        heeded.note(Sent::Terminate);
        heeded.note(Sent::Interrupt);
        assert!(heeded.is_terminated.load(Ordering::SeqCst));
    }
}
