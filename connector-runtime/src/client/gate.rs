//! [`Gate`]: lets as many requests through at once as the API bears.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::rate::{Concurrency, Load, Slot};

/// Where requests wait for each other.
#[derive(Debug)]
pub(super) struct Gate {
    concurrency: Mutex<Concurrency>,
    left: Notify,
}

/// The place of one request; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Pass<'a> {
    gate: &'a Gate,
    slot: Slot,
    load: Load,
}

impl Gate {
    pub(super) fn new(most: usize) -> Self {
        Self { concurrency: Mutex::new(Concurrency::new(most)), left: Notify::new() }
    }

    /// How many requests may be on their way at once.
    pub(super) fn limit(&self) -> usize {
        self.concurrency().limit()
    }

    /// Waits until there is room for one more.
    pub(super) async fn enter(&self) -> Pass<'_> {
        loop {
            let mut left = std::pin::pin!(self.left.notified());
            // from here on no place that is given back is missed
            left.as_mut().enable();
            let slot = self.concurrency().enter();
            if let Some(slot) = slot {
                return Pass { gate: self, slot, load: Load::Unknown };
            }
            left.await;
        }
    }

    fn concurrency(&self) -> MutexGuard<'_, Concurrency> {
        self.concurrency.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass<'_> {
    /// Gives the place back, with what is known of the API's load.
    pub(super) fn leave(mut self, load: Load) {
        self.load = load;
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.gate.concurrency().leave(self.slot, self.load);
        self.gate.left.notify_waiters();
    }
}
