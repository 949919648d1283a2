//! Signals: the first one stops the run where that is safe, the second one ends the program, as does one
//! that comes when the run is over.
//!
//! A thread of its own heeds them until the program ends: whoever reads standard output, or the file of a
//! report, may have stalled, and hold up everything else.

use std::io::{self, Write};
use std::thread;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::stderr::Stderr;
use super::{exit, runtime};
use crate::error::{Error, ErrorKind, Result};

/// How long it takes from a signal to the end of the program, which is promised within five seconds.
const LIMIT: Duration = Duration::from_secs(4);
/// What a run that was told to stop, and has taken as long, has still for its last words.
const LAST_WORDS: Duration = Duration::from_millis(800);

/// Heeds signals from now on. `cancel` stops the run, `over` says that it has ended.
pub(super) fn heed(
    cancel: CancellationToken,
    over: CancellationToken,
    stderr: Stderr,
) -> Result<()> {
    let runtime = runtime()?;
    let context = runtime.enter();
    // without handlers the system's own way to stop a program still works
    let Ok(mut signals) = Signals::new() else { return Ok(()) };
    drop(context);
    let heed = move || {
        runtime.block_on(async {
            signals.next().await;
            if !over.is_cancelled() {
                let told = Instant::now();
                warn!(target: "connector_runtime::run", "stopping where it is safe; a second signal ends the program at once");
                stderr.hurry();
                cancel.cancel();
                tokio::select! {
                    () = signals.next() => {}
                    () = overdue(told, over) => warn!(target: "connector_runtime::run", "nobody takes what the program has to say: it ends without that"),
                }
            }
        });
        end(stderr);
    };
    let spawned = thread::Builder::new().name("signals".to_owned()).spawn(heed);
    spawned.map(drop).map_err(|error| {
        let text = format!("a thread that heeds signals cannot start: {error}");
        Error::new(ErrorKind::Internal, text)
    })
}

/// The run is over, and what comes behind it has taken its time.
async fn overdue(told: Instant, over: CancellationToken) {
    over.cancelled().await;
    let until = (told + LIMIT).max(Instant::now() + LAST_WORDS);
    tokio::time::sleep_until(until).await;
}

/// Ends the program.
fn end(mut stderr: Stderr) {
    stderr.hurry();
    stderr.clear();
    // a reader who has stalled misses the rest
    let _ = stderr.flush();
    std::process::exit(exit::INTERRUPTED.into());
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

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
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

    async fn next(&mut self) {
        self.0.recv().await;
    }
}
