//! Time as a busy machine has it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

const TICK: Duration = Duration::from_millis(10);

/// Counts short sleeps of a thread: a machine that is too busy to wake it in time is as busy for the
/// program that is measured.
#[derive(Clone, Debug)]
pub struct Stopwatch(Arc<AtomicU32>);

impl Stopwatch {
    /// Begins now.
    pub fn start() -> Self {
        let ticks = Arc::new(AtomicU32::new(0));
        let counted = Arc::downgrade(&ticks);
        thread::spawn(move || {
            loop {
                thread::sleep(TICK);
                // until nobody looks at it any more
                let Some(ticks) = counted.upgrade() else { return };
                ticks.fetch_add(1, Ordering::Relaxed);
            }
        });
        Self(ticks)
    }

    /// How long it runs.
    pub fn elapsed(&self) -> Duration {
        TICK * self.0.load(Ordering::Relaxed)
    }
}
