//! [`Output`]: a standard stream, or what stands in for it, written by a thread of its own.
//!
//! A reader who is slow, or has stopped reading, holds the thread up and nothing else: pages are
//! fetched meanwhile, and signals are heeded.

use std::fmt;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

#[cfg(any(feature = "airbyte", feature = "singer"))]
use tokio::sync::oneshot;

use crate::error::{Error, ErrorKind, Result};

/// How often somebody who waits looks whether to go on.
const STEP: Duration = Duration::from_millis(20);

/// Where messages go: whole lines only, in the order in which they were handed over.
#[derive(Clone)]
pub struct Output {
    pieces: Sender<Piece>,
    state: Arc<State>,
}

/// What the thread and those who hand over know of each other.
#[derive(Default)]
struct State {
    /// Pieces that the thread has not begun with.
    waiting: AtomicUsize,
    /// Writes that were taken.
    taken: AtomicU64,
    spare: Mutex<Spare>,
}

/// Pieces that may be left out.
#[derive(Default)]
struct Spare {
    waiting: u64,
    /// How often those that waited were withdrawn.
    withdrawn: u64,
}

impl State {
    fn spare(&self) -> MutexGuard<'_, Spare> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The thread comes to a piece; whether it is to be written.
    fn begins(&self, piece: &Piece) -> bool {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        let Some(withdrawn) = piece.spare else { return true };
        let mut spare = self.spare();
        let is_wanted = withdrawn == spare.withdrawn;
        spare.waiting -= u64::from(is_wanted);
        is_wanted
    }
}

/// How long somebody has waited for what was handed over.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Waited {
    pub(crate) in_all: Duration,
    /// Since something was taken last.
    pub(crate) in_vain: Duration,
}

struct Piece {
    lines: Vec<u8>,
    /// It may be left out: how often such pieces were withdrawn before it.
    spare: Option<u64>,
    /// Somebody waits until they, and all before them, are written.
    reply: Option<Reply>,
}

/// Takes the emptied buffer, or why it is not.
type Reply = Box<dyn FnOnce(io::Result<Vec<u8>>) + Send>;

impl Output {
    /// Writes to `sink` from now on. It is flushed after each piece.
    ///
    /// # Errors
    ///
    /// When the system has no thread for it.
    pub fn new(sink: impl Write + Send + 'static) -> Result<Self> {
        let (pieces, queue) = mpsc::channel();
        let output = Self { pieces, state: Arc::default() };
        let state = output.state.clone();
        let writer = thread::Builder::new().name("output".to_owned());
        match writer.spawn(move || write_all(sink, queue, &state)) {
            Ok(_) => Ok(output),
            Err(error) => {
                let text = format!("a thread that writes the output cannot start: {error}");
                Err(Error::new(ErrorKind::Internal, text))
            }
        }
    }

    /// Hands lines over. That they cannot be written is told to who waits next.
    pub(crate) fn say(&self, lines: Vec<u8>) {
        self.hand_over(lines, None);
    }

    /// Hands lines over that may be withdrawn.
    pub(crate) fn say_spare(&self, lines: Vec<u8>) {
        // none is withdrawn between its number and its place
        let mut spare = self.state.spare();
        spare.waiting += 1;
        self.send(Piece { lines, spare: Some(spare.withdrawn), reply: None });
    }

    /// Takes back what may be left out and nobody has begun to write; how many pieces these are.
    pub(crate) fn withdraw(&self) -> u64 {
        let mut spare = self.state.spare();
        spare.withdrawn += 1;
        std::mem::take(&mut spare.waiting)
    }

    /// How many pieces nobody has begun to write.
    pub(crate) fn waiting(&self) -> usize {
        self.state.waiting.load(Ordering::Relaxed)
    }

    /// Waits until everything is written, or cannot be, or somebody `is_impatient`. Whether it is so far.
    pub(crate) fn finish_until(&self, mut is_impatient: impl FnMut(Waited) -> bool) -> bool {
        let (reply, written) = mpsc::channel();
        let reply = move |_| {
            // who has asked may have gone
            let _ = reply.send(());
        };
        self.hand_over(Vec::new(), Some(Box::new(reply)));
        let taken = || self.state.taken.load(Ordering::Relaxed);
        let began = Instant::now();
        let (mut last, mut since) = (taken(), began);
        loop {
            match written.recv_timeout(STEP) {
                Ok(()) => return true,
                Err(RecvTimeoutError::Disconnected) => return false,
                Err(RecvTimeoutError::Timeout) => {}
            }
            let (now, count) = (Instant::now(), taken());
            if count != last {
                (last, since) = (count, now);
            }
            let waited = Waited { in_all: now - began, in_vain: now - since };
            if is_impatient(waited) {
                return false;
            }
        }
    }

    fn hand_over(&self, lines: Vec<u8>, reply: Option<Reply>) {
        self.send(Piece { lines, spare: None, reply });
    }

    fn send(&self, piece: Piece) {
        self.state.waiting.fetch_add(1, Ordering::Relaxed);
        // the thread ends when the last of us does
        let _ = self.pieces.send(piece);
    }
}

#[cfg(any(feature = "airbyte", feature = "singer"))]
impl Output {
    /// Writes lines, and returns their emptied buffer.
    pub(crate) async fn write(&self, lines: Vec<u8>) -> Result<Vec<u8>> {
        let (reply, written) = oneshot::channel();
        let reply = move |result| {
            // who has asked may have gone
            let _ = reply.send(result);
        };
        self.hand_over(lines, Some(Box::new(reply)));
        match written.await {
            Ok(written) => written.map_err(|error| refused(&error)),
            Err(_) => Err(Error::new(ErrorKind::Internal, "BUG: the output has no writer")),
        }
    }

    /// Waits until everything is written.
    ///
    /// # Errors
    ///
    /// When the reader has gone, or something could not be written.
    pub async fn finish(&self) -> Result<()> {
        self.write(Vec::new()).await.map(drop)
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output").finish_non_exhaustive()
    }
}

fn write_all(mut sink: impl Write, queue: Receiver<Piece>, state: &State) {
    // what comes behind a line that could not be written would be read without it
    let mut failed: Option<io::Error> = None;
    for piece in queue {
        if !state.begins(&piece) {
            continue;
        }
        let Piece { lines, reply, .. } = piece;
        if failed.is_none() {
            failed = write(&mut sink, &lines, &state.taken).err();
        }
        if let Some(reply) = reply {
            reply(match &failed {
                Some(error) => Err(io::Error::new(error.kind(), error.to_string())),
                None => Ok(emptied(lines)),
            });
        }
    }
}

/// Writes all lines, and counts the writes: a reader who is slow is not one who has stalled.
fn write(sink: &mut impl Write, mut lines: &[u8], taken: &AtomicU64) -> io::Result<()> {
    while !lines.is_empty() {
        match sink.write(lines) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => lines = &lines[count..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
        taken.fetch_add(1, Ordering::Relaxed);
    }
    sink.flush()
}

fn emptied(mut lines: Vec<u8>) -> Vec<u8> {
    lines.clear();
    lines
}

#[cfg(any(feature = "airbyte", feature = "singer"))]
fn refused(error: &io::Error) -> Error {
    let text = match error.kind() {
        io::ErrorKind::BrokenPipe => {
            "whoever read standard output has closed it: the run is over".to_owned()
        }
        _ => format!("standard output cannot be written: {error}"),
    };
    Error::new(ErrorKind::Destination, text)
}

#[cfg(test)]
pub(crate) mod testing;

#[cfg(any(feature = "airbyte", feature = "singer"))]
#[cfg(test)]
mod tests {
    use super::testing::Lines;
    use super::*;

    #[tokio::test]
    async fn lines_come_in_the_order_in_which_they_were_handed_over() {
        let lines = Lines::default();
        let output = Output::new(lines.clone()).unwrap();
        output.say(b"1\n".to_vec());
        let buffer = output.write(b"2\n".to_vec()).await.unwrap();
        assert!(buffer.is_empty() && buffer.capacity() >= 2);
        output.clone().say(b"3\n".to_vec());
        output.finish().await.unwrap();
        assert_eq!(lines.text(), "1\n2\n3\n");
    }

    #[tokio::test]
    async fn a_reader_who_has_gone_is_told_once_and_for_all() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let output = Output::new(Closed).unwrap();
        output.say(b"1\n".to_vec());
        for _ in 0..2 {
            let error = output.finish().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Destination);
            let text = "whoever read standard output has closed it: the run is over";
            assert_eq!(error.message(), text);
        }
    }
}
