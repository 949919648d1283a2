//! Signals: the first one stops the run where that is safe, the second one ends the program.

use std::io;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::display::Display;
use super::exit;

/// Waits for signals as long as the program runs.
pub(super) async fn heed(cancel: CancellationToken, display: Arc<Display>) {
    // without handlers the system's own way to stop a program still works
    let Ok(mut signals) = Signals::new() else { return };
    signals.next().await;
    warn!(target: "connector_runtime::run", "stopping where it is safe; a second signal ends the program at once");
    cancel.cancel();
    signals.next().await;
    display.clear();
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
