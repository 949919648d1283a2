//! Whole runs without a network: the page loop alone, and with a destination behind it.

use std::future::ready;
use std::pin::Pin;
use std::sync::Arc;

use connector_runtime::arrow_array::RecordBatch;
use connector_runtime::destination::{
    Begun, BoxFuture, Destination, Ending, Load, Opened, Progress, Reject, Sqlite, States,
};
use connector_runtime::http::{Request, Response, Transport, TransportError};
use connector_runtime::report::RowCounts;
use connector_runtime::state::State;
use connector_runtime::{Bytes, Connector};

use super::{PAGE, Parts, Work};
use crate::Result;

/// What a destination answers.
type Answer<T> = connector_runtime::Result<T>;

/// Into a destination that takes rows and keeps none: what is left is the run itself, and decoding.
pub(super) fn nowhere(pages: Vec<Bytes>) -> Result<Work> {
    load(pages, || Box::new(Nowhere))
}

/// Into a new database in memory.
pub(super) fn sqlite(pages: Vec<Bytes>) -> Result<Work> {
    load(pages, || Box::new(Sqlite::file(":memory:")))
}

fn load(pages: Vec<Bytes>, destination: fn() -> Box<dyn Destination>) -> Result<Work> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let rows = pages.len() as u64 * PAGE;
    let api = Arc::new(Canned(pages));
    Ok(Box::new(move || {
        let run = Parts {}.sync().resources(["small"]).transport(api.clone());
        let report = runtime.block_on(run.boxed_destination(destination()).run()).into_result()?;
        let counts = report.resources[0].rows;
        match counts.inserted == rows {
            true => Ok(()),
            false => Err(format!("{rows} rows are {counts:?}").into()),
        }
    }))
}

/// An API in memory: its pages by offset.
#[derive(Debug)]
struct Canned(Vec<Bytes>);

impl Transport for Canned {
    fn send<'a>(
        &'a self,
        request: &'a Request,
    ) -> Pin<Box<dyn Future<Output = Result<Response, TransportError>> + Send + 'a>> {
        let offset = request.param("offset").and_then(|offset| offset.parse::<u64>().ok());
        let page = offset.and_then(|offset| self.0.get((offset / PAGE) as usize));
        let body = page.cloned().unwrap_or_else(|| Bytes::from_static(b"{\"data\":[]}"));
        Box::pin(ready(Ok(Response::new(200, body))))
    }
}

/// Takes everything and keeps nothing.
#[derive(Debug)]
struct Nowhere;

impl Destination for Nowhere {
    fn describe(&self) -> String {
        "nowhere".to_owned()
    }

    fn ddl(&self, _: &Load) -> String {
        String::new()
    }

    fn open<'a>(&'a mut self, _: &'a [Load]) -> BoxFuture<'a, Answer<Opened>> {
        Box::pin(ready(Ok(Opened::new(1, Vec::new()))))
    }

    fn begin<'a>(&'a mut self, _: &'a Load, load_id: i64) -> BoxFuture<'a, Answer<Begun>> {
        Box::pin(ready(Ok(Begun::Ready { load_id })))
    }

    fn states<'a>(
        &'a mut self,
        _: &'a Load,
        _: States<'a>,
    ) -> BoxFuture<'a, Answer<Vec<(String, State)>>> {
        Box::pin(ready(Ok(Vec::new())))
    }

    fn write<'a>(
        &'a mut self,
        _: &'a Load,
        batch: RecordBatch,
        _: Vec<Reject>,
        _: Progress,
    ) -> BoxFuture<'a, Answer<RowCounts>> {
        let mut counts = RowCounts::default();
        counts.received = batch.num_rows() as u64;
        counts.inserted = counts.received;
        Box::pin(ready(Ok(counts)))
    }

    fn publish<'a>(&'a mut self, _: &'a Load, _: Progress) -> BoxFuture<'a, Answer<RowCounts>> {
        Box::pin(ready(Ok(RowCounts::default())))
    }

    fn end<'a>(&'a mut self, _: &'a Load, _: Ending) -> BoxFuture<'a, Answer<RowCounts>> {
        Box::pin(ready(Ok(RowCounts::default())))
    }
}
