//! [`Outbox`] and [`Inbox`]: the way from those who read to the writer, and how much may be on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

use super::ledger::VisitId;
use super::node::{Asked, Message, Want};
use crate::error::Result;

/// So long after something was written little waits for more: an API that allows 500 requests a second
/// is not 500 transactions a second.
const PAUSE: Duration = Duration::from_millis(100);

/// The way to the writer. What is under way is bounded by rows, however many messages it is in.
#[derive(Clone, Debug)]
pub(super) struct Outbox {
    messages: mpsc::UnboundedSender<Message>,
    room: Arc<Room>,
}

/// The writer's end.
#[derive(Debug)]
pub(super) struct Inbox {
    messages: mpsc::UnboundedReceiver<Message>,
    room: Arc<Room>,
    pause: Duration,
    /// When the pause is over.
    next: Instant,
}

/// The room for rows that are under way.
#[derive(Debug)]
struct Room {
    free: Arc<Semaphore>,
    /// How many wait for it.
    waiting: AtomicUsize,
}

/// Somebody who waits for room.
struct Waiting<'a>(&'a Room);

/// The pause is over, and nothing has come.
pub(super) struct Over;

impl Outbox {
    /// `room`: how much may be under way, in rows. `at_once`: what has come is written, however little
    /// it is.
    pub(super) fn new(room: usize, at_once: bool) -> (Self, Inbox) {
        let (messages, received) = mpsc::unbounded_channel();
        let free = Arc::new(Semaphore::new(room));
        let room = Arc::new(Room { free, waiting: AtomicUsize::new(0) });
        let pause = if at_once { Duration::ZERO } else { PAUSE };
        let inbox = Inbox { messages: received, room: room.clone(), pause, next: Instant::now() };
        (Self { messages, room }, inbox)
    }

    /// Waits until there is room for so many rows, of which there are at most as many as there is
    /// room for.
    pub(super) async fn room(&self, rows: usize) -> Option<OwnedSemaphorePermit> {
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        let free = || self.room.free.clone();
        if let Ok(permit) = free().try_acquire_many_owned(rows) {
            return Some(permit);
        }
        let _waiting = Waiting::new(&self.room);
        self.send(Message::NoRoom);
        free().acquire_many_owned(rows).await.ok()
    }

    /// Tells the writer. Where it has gone, nobody waits for an answer.
    pub(super) fn send(&self, message: Message) {
        let _ = self.messages.send(message);
    }

    /// Asks the writer.
    pub(super) async fn ask(
        &self,
        visit: Option<VisitId>,
        wants: Vec<Want>,
        vain: Vec<usize>,
    ) -> Result<Asked> {
        let (reply, answer) = oneshot::channel();
        self.send(Message::Ask { visit, wants, vain, reply });
        answer.await.map_err(|_| super::interrupted("the destination takes no more rows"))
    }
}

impl Inbox {
    /// The next message; `None` when nobody sends any more. `is_due`: there is something to write.
    ///
    /// # Errors
    ///
    /// When it is due, and the pause is over.
    pub(super) async fn next(&mut self, is_due: bool) -> Result<Option<Message>, Over> {
        match is_due {
            true => timeout_at(self.next, self.messages.recv()).await.map_err(|_| Over),
            false => Ok(self.messages.recv().await),
        }
    }

    /// The next message, if it is there.
    pub(super) fn try_next(&mut self) -> Option<Message> {
        self.messages.try_recv().ok()
    }

    /// Whether it is time to write what is due, however little it is.
    pub(super) fn is_time(&self) -> bool {
        let is_over = || Instant::now() >= self.next;
        self.messages.is_empty() && (self.room.is_wanted() || is_over())
    }

    /// Something was written.
    pub(super) fn pause(&mut self) {
        self.next = Instant::now() + self.pause;
    }
}

impl Drop for Inbox {
    /// Nothing is written any more: nobody waits for room.
    fn drop(&mut self) {
        self.room.free.close();
    }
}

impl Room {
    fn is_wanted(&self) -> bool {
        self.waiting.load(Ordering::Acquire) > 0
    }
}

impl<'a> Waiting<'a> {
    fn new(room: &'a Room) -> Self {
        room.waiting.fetch_add(1, Ordering::AcqRel);
        Self(room)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}
