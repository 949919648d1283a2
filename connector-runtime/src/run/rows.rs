//! [`Rows`]: the rows of a resource as structs, without a destination.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use arrow_array::RecordBatch;
use futures_core::Stream;

use super::Run;
use super::forward::Forwarded;
use super::pages::{Pages, Sink};
use super::setters::setters;
use super::source::{Overrides, Source};
use crate::destination::BoxFuture;
use crate::error::{Error, Result};
use crate::instance::{Bindings, Instance};
use crate::plan::Planned;
use crate::report::Unobserved;
use crate::spec::ResourceSpec;
use crate::value::{Resource, Row};

/// A stream of `Result<R>`; made by [`Connector::rows`](crate::Connector::rows).
///
/// Pages are fetched as the rows are taken. The stream ends after the first error; an API that
/// gives less than it had promised is an error, too. A row that does not fit is one with
/// `on_bad_row = quarantine`, too: there is no table for it.
#[must_use = "nothing happens until the stream is polled"]
pub struct Rows<R> {
    state: Fetch,
    batch: Option<(RecordBatch, usize)>,
    row: PhantomData<fn() -> R>,
}

/// The part that is the same for every `R`.
enum Fetch {
    /// Not begun, or told nothing yet.
    Planned(Box<(Instance, &'static ResourceSpec, Overrides)>),
    /// Between two pages.
    Idle(Box<Pages>),
    /// A run of its own sends them: parents, partitions and windows are read as ever.
    Run(Box<Forwarded>),
    /// On the way to the next rows.
    Busy(BoxFuture<'static, (Box<Pages>, Result<Option<RecordBatch>>)>),
    /// At the end.
    Done,
}

impl<R: Resource> Rows<R> {
    pub(crate) fn new(instance: Instance) -> Self {
        let planned = Box::new((instance, R::SPEC, Overrides::default()));
        Self { state: Fetch::Planned(planned), batch: None, row: PhantomData }
    }

    setters! {
        reach;

        /// No more requests than this are on their way at once; as
        /// [`Run::max_concurrency`](crate::run::Run::max_concurrency).
        max_concurrency;

        /// Keeps what outlives the run below this directory, as
        /// [`Run::state_dir`](crate::run::Run::state_dir) does.
        state_dir;
    }

    fn overrides(&mut self) -> &mut Overrides {
        self.state.overrides()
    }

    /// The next row; `None` at the end. The same as polling the stream, for code without a
    /// library of stream adapters.
    pub async fn next(&mut self) -> Option<Result<R>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl Fetch {
    fn overrides(&mut self) -> &mut Overrides {
        match self {
            Self::Planned(planned) => &mut planned.2,
            _ => panic!("options are set before the first row is taken"),
        }
    }

    fn poll_batch(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<RecordBatch>>> {
        loop {
            match std::mem::replace(self, Self::Done) {
                Self::Planned(planned) => {
                    let (instance, spec, overrides) = *planned;
                    if spec.parent.is_some()
                        || !spec.partitions.is_empty()
                        || spec.incremental.is_some()
                    {
                        *self = Self::Run(Box::new(Forwarded::begin(
                            Run { overrides, ..Run::new(instance) },
                            spec,
                        )));
                        continue;
                    }
                    let planned = Planned::new(instance.spec, spec);
                    let pages = Source::open(instance, overrides).and_then(|source| {
                        let source = Arc::new(source);
                        let mut pages =
                            Pages::new(&source, &planned, Sink::PLAIN, Arc::new(Unobserved))?;
                        pages.begin(Bindings::NONE, None)?;
                        Ok(pages)
                    });
                    match pages {
                        Ok(pages) => *self = Self::Idle(Box::new(pages)),
                        Err(error) => return Poll::Ready(Some(Err(error))),
                    }
                }
                Self::Idle(pages) => *self = Self::Busy(Box::pin(next_batch(pages))),
                Self::Run(mut run) => {
                    let batch = run.poll_batch(context);
                    if !matches!(batch, Poll::Ready(None | Some(Err(_)))) {
                        *self = Self::Run(run);
                    }
                    return batch;
                }
                Self::Busy(mut busy) => {
                    let Poll::Ready((pages, batch)) = busy.as_mut().poll(context) else {
                        *self = Self::Busy(busy);
                        return Poll::Pending;
                    };
                    let Some(batch) = batch.transpose() else { return Poll::Ready(None) };
                    if batch.is_ok() {
                        *self = Self::Idle(pages);
                    }
                    return Poll::Ready(Some(batch));
                }
                Self::Done => return Poll::Ready(None),
            }
        }
    }
}

/// The rows of the next page that has any.
async fn next_batch(mut pages: Box<Pages>) -> (Box<Pages>, Result<Option<RecordBatch>>) {
    loop {
        let advanced = pages.advance().await;
        let batch = match advanced {
            Err(error) => Err(error),
            Ok(true) => match pages.take_batch() {
                Ok(None) => continue,
                taken => taken,
            },
            Ok(false) => match pages.incomplete() {
                Some(reason) => Err(Error::new(crate::ErrorKind::Paging, reason)),
                None => Ok(None),
            },
        };
        return (pages, batch);
    }
}

impl<R: Resource> Stream for Rows<R> {
    type Item = Result<R>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<R>>> {
        loop {
            if let Some((batch, index)) = &mut self.batch
                && *index < batch.num_rows()
            {
                let row = R::from_row(&mut Row::new(batch.columns(), *index));
                *index += 1;
                return Poll::Ready(Some(Ok(row)));
            }
            self.batch = match ready!(self.state.poll_batch(context)) {
                Some(Ok(batch)) => Some((batch, 0)),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            };
        }
    }
}

impl<R> fmt::Debug for Rows<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").finish_non_exhaustive()
    }
}
