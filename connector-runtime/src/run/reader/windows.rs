//! Windows of a range: one after the other, or several at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{self, Arc, PoisonError};

use tokio::task::JoinSet;
use tracing::Instrument;

use super::super::node::Visit;
use super::super::range::Range;
use super::Reader;
use crate::error::{Error, Result};
use crate::state::{CursorValue, Delta};

/// What those have in common who read windows at once.
pub(super) struct Shared {
    range: sync::Mutex<Range>,
    /// Where the cursor has to go back to before the first window is remembered.
    back: sync::Mutex<Option<Option<CursorValue>>>,
    /// Errors so far.
    errors: AtomicUsize,
}

impl Reader {
    /// Reads a range, in windows where there are any. Whether all of it has come.
    pub(super) async fn range(&mut self, visit: &Arc<Visit>, range: Range) -> Result<bool> {
        if !range.has_windows() {
            return self.scan(visit, range.whole(), None).await;
        }
        // windows come in any order: what comes late is read again, and until then it is not there
        let goes_back = self.node.site.windows_at_once() > 1 && self.node.site.has_state();
        let shared = Arc::new(Shared {
            back: sync::Mutex::new(goes_back.then(|| range.start.clone())),
            range: sync::Mutex::new(range),
            errors: AtomicUsize::new(0),
        });
        while self.others.len() + 1 < self.node.site.windows_at_once() {
            let another = self.beside()?;
            self.others.push(another);
        }
        let mut tasks = JoinSet::new();
        for mut other in std::mem::take(&mut self.others) {
            let (visit, shared) = (visit.clone(), shared.clone());
            let work = async move {
                let outcome = other.windows(&visit, &shared).await;
                (other, outcome)
            };
            tasks.spawn(work.in_current_span());
        }
        let mut outcome = self.windows(visit, &shared).await;
        while let Some(joined) = tasks.join_next().await {
            let (other, its) = super::super::joined(joined)?;
            self.others.push(other);
            outcome = match (outcome, its) {
                (Ok(all), Ok(also)) => Ok(all && also),
                // the later one may be a consequence of the other
                (Err(one), Err(other)) => Err(if one.0 < other.0 { one } else { other }),
                (Err(error), Ok(_)) | (Ok(_), Err(error)) => Err(error),
            };
        }
        let is_complete = outcome.map_err(|(_, error)| error)?;
        if is_complete && self.node.site.has_state() {
            self.tell_of_end(visit);
        }
        Ok(is_complete)
    }

    /// Reads windows that nobody else reads. An error comes with its number.
    async fn windows(&mut self, visit: &Visit, shared: &Shared) -> Result<bool, (usize, Error)> {
        let next = || shared.range.lock().unwrap_or_else(PoisonError::into_inner).next();
        let mut is_complete = true;
        while let Some(stretch) = next() {
            let scanned = self.scan(visit, stretch, Some(shared)).await;
            is_complete &=
                scanned.map_err(|error| (shared.errors.fetch_add(1, Ordering::Relaxed), error))?;
            // the cursor is beyond what came late to this one, and would stay there
            if !is_complete && self.node.site.lags() && self.node.site.windows_at_once() == 1 {
                break;
            }
        }
        Ok(is_complete)
    }

    /// Before the first window is remembered, the cursor goes back to where they begin.
    pub(super) fn go_back(&self, visit: &Visit, shared: &Shared) {
        let mut back = shared.back.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(to) = back.take() {
            self.tell(visit, vec![Delta::Back(to)]);
        }
    }
}
