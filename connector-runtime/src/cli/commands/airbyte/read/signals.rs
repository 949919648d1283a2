//! SIGTERM: a platform that has read enough ends its sources so, and expects them to end by it.
//!
//! The run stops where that is safe, as with every signal. But who reads no more may not empty the pipe
//! either: what cannot be written in time is left out, which loses nothing but rows that no state covers.

#[cfg(not(unix))]
pub(super) use self::elsewhere::{Termination, end};
#[cfg(unix)]
pub(super) use self::unix::{Termination, end};

#[cfg(unix)]
mod unix {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use tokio::signal::unix::{SignalKind, signal};

    /// How long a run may take to stop.
    const PATIENCE: Duration = Duration::from_secs(4);

    /// Notes that the signal has come.
    #[derive(Debug, Default)]
    pub(in super::super) struct Termination(Arc<AtomicBool>);

    impl Termination {
        pub(in super::super) fn new() -> Self {
            let termination = Self::default();
            let has_come = termination.0.clone();
            // without a handler the system's own way to end a program still works
            if let Ok(mut signals) = signal(SignalKind::terminate()) {
                tokio::spawn(async move {
                    signals.recv().await;
                    has_come.store(true, Ordering::Relaxed);
                    tokio::time::sleep(PATIENCE).await;
                    end();
                });
            }
            termination
        }

        pub(in super::super) fn has_come(&self) -> bool {
            self.0.load(Ordering::Relaxed)
        }
    }

    /// Ends the process as the signal would have.
    pub(in super::super) fn end() {
        // where that fails, the exit code has to do
        let _ =
            signal_hook::low_level::emulate_default_handler(SignalKind::terminate().as_raw_value());
    }
}

#[cfg(not(unix))]
mod elsewhere {
    /// There is no such signal.
    #[derive(Debug, Default)]
    pub(in super::super) struct Termination;

    impl Termination {
        pub(in super::super) fn new() -> Self {
            Self
        }

        pub(in super::super) fn has_come(&self) -> bool {
            false
        }
    }

    pub(in super::super) fn end() {}
}
