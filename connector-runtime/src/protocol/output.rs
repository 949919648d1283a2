//! [`Output`]: standard output, or what stands in for it, written by a thread of its own.
//!
//! A reader who is slow, or has stopped reading, holds the thread up and nothing else: pages are
//! fetched meanwhile, and signals are heeded.

use std::fmt;
use std::io::{self, Write};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use tokio::sync::oneshot;

use crate::error::{Error, ErrorKind, Result};

/// Where messages go: whole lines only, in the order in which they were handed over.
#[derive(Clone)]
pub struct Output {
    pieces: Sender<Piece>,
}

enum Piece {
    /// Nobody waits for these lines.
    Lines(Vec<u8>),
    /// Somebody waits until they, and all before them, are written.
    Awaited(Vec<u8>, oneshot::Sender<io::Result<Vec<u8>>>),
}

impl Output {
    /// Writes to `sink` from now on.
    ///
    /// # Errors
    ///
    /// When the system has no thread for it.
    pub fn new(sink: impl Write + Send + 'static) -> Result<Self> {
        let (pieces, queue) = mpsc::channel();
        let writer = thread::Builder::new().name("output".to_owned());
        match writer.spawn(move || write_all(sink, queue)) {
            Ok(_) => Ok(Self { pieces }),
            Err(error) => {
                let text = format!("a thread that writes the output cannot start: {error}");
                Err(Error::new(ErrorKind::Internal, text))
            }
        }
    }

    /// Hands lines over. That they cannot be written is told to who waits next.
    #[cfg_attr(not(feature = "airbyte"), allow(dead_code))]
    pub(crate) fn say(&self, lines: Vec<u8>) {
        // the thread ends when the last of us does
        let _ = self.pieces.send(Piece::Lines(lines));
    }

    /// Writes lines, and returns their emptied buffer.
    pub(crate) async fn write(&self, lines: Vec<u8>) -> Result<Vec<u8>> {
        let (reply, written) = oneshot::channel();
        let _ = self.pieces.send(Piece::Awaited(lines, reply));
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

fn write_all(mut sink: impl Write, queue: Receiver<Piece>) {
    // what comes behind a line that could not be written would be read without it
    let mut failed: Option<io::Error> = None;
    for piece in queue {
        let (lines, reply) = match piece {
            Piece::Lines(lines) => (lines, None),
            Piece::Awaited(lines, reply) => (lines, Some(reply)),
        };
        if failed.is_none() {
            failed = sink.write_all(&lines).and_then(|()| sink.flush()).err();
        }
        if let Some(reply) = reply {
            let written = match &failed {
                Some(error) => Err(io::Error::new(error.kind(), error.to_string())),
                None => Ok(emptied(lines)),
            };
            // who has asked may have gone
            let _ = reply.send(written);
        }
    }
}

fn emptied(mut lines: Vec<u8>) -> Vec<u8> {
    lines.clear();
    lines
}

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
mod tests {
    use super::super::testing::Lines;
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
