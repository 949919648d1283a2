//! [`Sink`]: a destination that writes messages.
//!
//! Records go out as they come, whatever becomes of them is up to who reads them. A state goes out only
//! behind all the records that it covers.

use std::collections::BTreeMap;
use std::fmt;

use arrow_array::RecordBatch;
use tracing::warn;

use super::Output;
use super::states::StreamState;
use crate::destination::{
    Begun, BoxFuture, Destination, Ending, Load, Opened, PartitionState, Progress, Reject, States,
};
use crate::error::Result;
use crate::report::{RowCounts, Status};
use crate::schema::Encoder;
use crate::spec::ResourceSpec;
use crate::state::State;

/// Rows that do not fit of which the reason is told, of each batch.
const TOLD: usize = 10;

/// What a protocol says at which moment; whole lines, appended to `out`.
pub(super) trait Protocol: fmt::Debug + Send {
    /// A stream begins.
    fn begun(&self, stream: &Stream, out: &mut Vec<u8>);

    /// The first records of a stream are about to come.
    fn running(&self, _stream: &Stream, _out: &mut Vec<u8>) {}

    /// What stands before the object of each record of a batch, and what stands behind it.
    fn around(&self, stream: &Stream) -> (Vec<u8>, Vec<u8>);

    /// How long the message of [`Self::state`] is, about.
    fn state_size(&self, streams: &Streams, stream: &Stream) -> usize;

    /// The state of a stream, of which all records that are covered have been written.
    fn state(&self, streams: &Streams, stream: &Stream, out: &mut Vec<u8>);

    /// A stream is about to end so, its last state is not written yet.
    fn ending(&self, _stream: &Stream, _ending: &Ending, _out: &mut Vec<u8>) {}

    /// A stream has ended so.
    fn ended(&self, _stream: &Stream, _ending: &Ending, _out: &mut Vec<u8>) {}
}

/// The streams of a run, by name.
pub(super) type Streams = BTreeMap<&'static str, Stream>;

/// A stream on its way out.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) spec: &'static ResourceSpec,
    /// All of it is read, whatever was remembered.
    #[cfg_attr(not(feature = "singer"), allow(dead_code))]
    pub(super) is_full_refresh: bool,
    /// Properties that are not written.
    #[cfg_attr(not(feature = "singer"), allow(dead_code))]
    pub(super) left_out: Vec<String>,
    pub(super) state: StreamState,
    /// Records since the last state.
    pub(super) records: u64,
    encoder: Encoder,
    /// Bytes of those records.
    bytes: usize,
    /// The state has changed since it was told.
    is_changed: bool,
    /// A state was told.
    is_told: bool,
    /// Records have come.
    is_running: bool,
}

impl Stream {
    pub(super) fn new(
        spec: &'static ResourceSpec,
        state: StreamState,
        is_full_refresh: bool,
        left_out: Vec<String>,
    ) -> Self {
        let encoder = Encoder::new(spec.fields, |name| !left_out.iter().any(|out| out == name));
        Self {
            spec,
            is_full_refresh,
            left_out,
            state: if is_full_refresh { StreamState::default() } else { state },
            records: 0,
            encoder,
            bytes: 0,
            is_changed: false,
            is_told: false,
            is_running: false,
        }
    }

    fn take(&mut self, states: Vec<PartitionState>) {
        self.is_changed |= !states.is_empty();
        self.state.take(states);
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Sink<P> {
    protocol: P,
    streams: Streams,
    output: Output,
    /// Kept for the size that it has grown to.
    buffer: Vec<u8>,
}

impl<P: Protocol> Sink<P> {
    pub(super) fn new(protocol: P, streams: Streams, output: Output) -> Self {
        Self { protocol, streams, output, buffer: Vec::new() }
    }

    fn stream(&mut self, load: &Load) -> &mut Stream {
        self.streams.get_mut(load.resource).expect("BUG: only what was selected is loaded")
    }

    /// Appends the records of a batch.
    fn records(&mut self, load: &Load, batch: &RecordBatch) {
        let lines = &mut self.buffer;
        let stream = self.streams.get_mut(load.resource);
        let stream = stream.expect("BUG: only what was selected is loaded");
        if batch.num_rows() == 0 {
            return;
        }
        if !std::mem::replace(&mut stream.is_running, true) {
            self.protocol.running(stream, lines);
        }
        let before = lines.len();
        let (head, tail) = self.protocol.around(stream);
        stream.encoder.encode(batch, &head, &tail, lines);
        stream.records += batch.num_rows() as u64;
        stream.bytes += lines.len() - before;
    }

    /// Appends the state of a stream, if it `is_due`.
    fn state(&mut self, load: &Load, is_due: impl FnOnce(&Self, &Stream) -> bool) {
        let stream = &self.streams[load.resource];
        if !is_due(self, stream) {
            return;
        }
        self.protocol.state(&self.streams, stream, &mut self.buffer);
        let stream = self.stream(load);
        (stream.records, stream.bytes) = (0, 0);
        (stream.is_changed, stream.is_told) = (false, true);
    }

    /// Writes what was appended.
    async fn flush(&mut self) -> Result<()> {
        let lines = std::mem::take(&mut self.buffer);
        if !lines.is_empty() {
            self.buffer = self.output.write(lines).await?;
        }
        Ok(())
    }
}

impl<P: Protocol> Destination for Sink<P> {
    fn describe(&self) -> String {
        "standard output".to_owned()
    }

    fn ddl(&self, _: &Load) -> String {
        String::new()
    }

    fn open<'a>(&'a mut self, _: &'a [Load]) -> BoxFuture<'a, Result<Opened>> {
        let last = self.streams.values().map(|stream| stream.state.last_load()).max();
        Box::pin(async move { Ok(Opened::new(last.unwrap_or_default() + 1, Vec::new())) })
    }

    fn begin<'a>(&'a mut self, load: &'a Load, load_id: i64) -> BoxFuture<'a, Result<Begun>> {
        Box::pin(async move {
            self.protocol.begun(&self.streams[load.resource], &mut self.buffer);
            self.flush().await?;
            Ok(Begun::Ready { load_id })
        })
    }

    fn states<'a>(
        &'a mut self,
        load: &'a Load,
        states: States<'a>,
    ) -> BoxFuture<'a, Result<Vec<(String, State)>>> {
        let found = self.stream(load).state.find(states);
        Box::pin(async move { Ok(found) })
    }

    fn write<'a>(
        &'a mut self,
        load: &'a Load,
        batch: RecordBatch,
        rejects: Vec<Reject>,
        progress: Progress,
    ) -> BoxFuture<'a, Result<RowCounts>> {
        Box::pin(async move {
            tell(load, &rejects);
            self.records(load, &batch);
            self.stream(load).take(progress.states);
            // however many partitions there are, states are not the most of what is written
            self.state(load, |sink, stream| {
                let size = sink.protocol.state_size(&sink.streams, stream);
                stream.is_changed && stream.bytes >= size
            });
            self.flush().await?;
            Ok(RowCounts { inserted: batch.num_rows() as u64, ..RowCounts::default() })
        })
    }

    fn publish<'a>(
        &'a mut self,
        load: &'a Load,
        progress: Progress,
    ) -> BoxFuture<'a, Result<RowCounts>> {
        Box::pin(async move {
            self.stream(load).take(progress.states);
            self.state(load, |_, stream| stream.is_changed);
            self.flush().await?;
            Ok(RowCounts::default())
        })
    }

    fn end<'a>(&'a mut self, load: &'a Load, ending: Ending) -> BoxFuture<'a, Result<RowCounts>> {
        Box::pin(async move {
            let is_published = load.publishes(ending.status);
            if is_published || !load.waits() {
                self.stream(load).take(ending.progress.states.clone());
            }
            self.protocol.ending(&self.streams[load.resource], &ending, &mut self.buffer);
            self.state(load, |_, stream| {
                // where nothing is new, the one that there is still covers what has come
                let is_silent = stream.records > 0 || !stream.is_told;
                stream.is_changed || (ending.status == Status::Done && is_silent)
            });
            self.protocol.ended(&self.streams[load.resource], &ending, &mut self.buffer);
            self.flush().await?;
            Ok(RowCounts::default())
        })
    }
}

const LOGGED: &str = "connector_runtime::destination";

/// Rows that do not fit have no message of their own.
fn tell(load: &Load, rejects: &[Reject]) {
    for Reject { page, row, path, reason, .. } in rejects.iter().take(TOLD) {
        let resource = load.resource;
        warn!(target: LOGGED, resource, "page {page}, row {row}: left out: `{path}`: {reason}");
    }
    if let Some(more @ 1..) = rejects.len().checked_sub(TOLD) {
        warn!(target: LOGGED, resource = load.resource, "and {more} more rows that do not fit");
    }
}
