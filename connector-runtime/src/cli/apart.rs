//! What may stall: standard input, a pipe that nobody writes to, or reads.

use std::panic::resume_unwind;
use std::thread;

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::error::{Error, ErrorKind, Result};

/// Does `work` on a thread of its own, which is left behind when the token is cancelled: reading and
/// writing cannot be called off. It has nothing of the runtime that waits for it, which may end before.
pub(super) async fn apart<T: Send + 'static>(
    cancel: &CancellationToken,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let (done, result) = oneshot::channel();
    let work = move || {
        // who has asked may have gone
        let _ = done.send(work());
    };
    let spawned = thread::Builder::new().name("apart".to_owned()).spawn(work);
    let thread = spawned.map_err(|error| {
        Error::new(ErrorKind::Internal, format!("a further thread cannot start: {error}"))
    })?;
    tokio::select! {
        biased;
        result = result => match result {
            Ok(result) => result,
            Err(_) => match thread.join() {
                Err(panic) => resume_unwind(panic),
                Ok(()) => unreachable!("BUG: a thread ends with a result"),
            },
        },
        () = cancel.cancelled() => Err(Error::new(ErrorKind::Interrupted, "told to stop")),
    }
}
