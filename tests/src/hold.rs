//! A place where a server waits until the test lets it go on.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Closed at first; a clone shares it.
#[derive(Clone, Default)]
pub struct Hold(Arc<(Mutex<bool>, Condvar)>);

impl Hold {
    /// Waits until it is open.
    pub fn pass(&self) {
        let (open, changed) = &*self.0;
        let open = open.lock().unwrap_or_else(PoisonError::into_inner);
        drop(changed.wait_while(open, |open| !*open));
    }

    /// Whoever waits goes on, and nobody waits any more.
    pub fn open(&self) {
        let (open, changed) = &*self.0;
        *open.lock().unwrap_or_else(PoisonError::into_inner) = true;
        changed.notify_all();
    }
}
