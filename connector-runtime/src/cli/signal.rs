//! Signals: the first one stops the command where that is safe, the second one ends the program. So does
//! the first one where nothing is to be stopped yet, as while the configuration is read.
//!
//! A thread of its own heeds them until the program ends: whoever reads standard output, or the file of a
//! report, may have stalled, and hold up everything else.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::stderr::Stderr;
use super::{exit, runtime};
use crate::error::{Error, ErrorKind, Result};

/// How long the program goes on after the first signal, whatever it waits for. Its end is promised within
/// five seconds; a destination has three of them, and who reads what there is to say the rest.
const LIMIT: Duration = Duration::from_millis(4_600);

/// What the first signal does.
#[derive(Clone, Debug, Default)]
pub(super) struct Heeded {
    cancel: CancellationToken,
    is_work_under_way: Arc<AtomicBool>,
}

impl Heeded {
    /// From now on there is work that the first signal stops.
    pub(super) fn begin(&self) -> CancellationToken {
        self.is_work_under_way.store(true, Ordering::SeqCst);
        self.cancel.clone()
    }
}

/// Heeds signals from now on.
pub(super) fn heed(stderr: Stderr) -> Result<Heeded> {
    let heeded = Heeded::default();
    let runtime = runtime()?;
    let context = runtime.enter();
    // without handlers the system's own way to stop a program still works
    let Ok(mut signals) = Signals::new() else { return Ok(heeded) };
    drop(context);
    let Heeded { cancel, is_work_under_way } = heeded.clone();
    let heed = move || {
        runtime.block_on(async {
            signals.next().await;
            if is_work_under_way.load(Ordering::SeqCst) {
                stderr.hurry();
                cancel.cancel();
                // the log may be that of somebody else, and wait for its reader
                warn!(target: "connector_runtime::run", "stopping where it is safe; a second signal ends the program at once");
                tokio::select! {
                    () = signals.next() => {}
                    () = tokio::time::sleep(LIMIT) => stderr.warn("stopping has taken as long as it may: the program ends without what it still waits for"),
                }
            }
        });
        stderr.finish();
        std::process::exit(exit::INTERRUPTED.into());
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
