//! [`Ahead`]: pages that were asked for before it is known that they are wanted.
//!
//! The paginator alone says which page follows a page. What was guessed right is there earlier; what
//! was guessed wrong is forgotten, and no row of it counts.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;

use tokio::task::JoinHandle;
use tracing::Instrument;

use crate::client::Answer;
use crate::error::{Error, ErrorKind, Result};
use crate::paginate::Position;

/// Requests on their way, in the order of their pages.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    queue: VecDeque<(Position, Task)>,
}

/// A request on its way; given up when it is dropped.
pub(super) struct Task(JoinHandle<Result<Answer>>);

impl Ahead {
    /// The request for the page at `wanted`, if it is the first one. If another one is, pages are
    /// not as they were guessed, and all are given up.
    pub(super) fn take(&mut self, wanted: &Position) -> Option<Task> {
        let (position, task) = self.queue.pop_front()?;
        if position == *wanted {
            return Some(task);
        }
        self.clear();
        None
    }

    /// The page after those that were asked for.
    pub(super) fn push(&mut self, position: Position, task: Task) {
        self.queue.push_back((position, task));
    }

    /// Gives all up.
    pub(super) fn clear(&mut self) {
        self.queue.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }
}

impl Task {
    pub(super) fn spawn(request: impl Future<Output = Result<Answer>> + Send + 'static) -> Self {
        // in one place from the beginning: the runtime moves what it is given several times
        Self(tokio::spawn(Box::pin(request).in_current_span()))
    }

    /// What came of it.
    pub(super) async fn answer(mut self) -> Result<Answer> {
        match (&mut self.0).await {
            Ok(answer) => answer,
            Err(ended) => match ended.try_into_panic() {
                // as if it had been asked for without a task of its own
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(Error::new(
                    ErrorKind::Interrupted,
                    "the asynchronous runtime that the load began on has ended",
                )),
            },
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Task").finish()
    }
}
