//! What was done is told when somebody is told to stop.

use connector_runtime::CancellationToken;
use connector_runtime::arrow_array::RecordBatch;
use connector_runtime::catalog::Catalog;
use connector_runtime::destination::{
    Begun, BoxFuture, Destination, Ending, Limits, Load, LoggedLoad, Opened, Progress, Reject,
    States, StoredReject, StoredState, Wanted,
};
use connector_runtime::report::RowCounts;
use connector_runtime::state::State;
use connector_runtime::{ErrorKind, Result};
use connector_tests::Place;
use serde_json::json;

use super::api::{Books, SCHEMA, issue, loaded, narrow};
use super::rejects;

/// Tells the catalog to stop when a load has ended, or some states were read.
#[derive(Debug)]
struct Stopping {
    inner: Box<dyn Destination>,
    cancel: CancellationToken,
}

impl Destination for Stopping {
    fn describe(&self) -> String {
        self.inner.describe()
    }

    fn limits(&self) -> Limits {
        self.inner.limits()
    }

    fn ddl(&self, load: &Load) -> String {
        self.inner.ddl(load)
    }

    fn open<'a>(&'a mut self, loads: &'a [Load]) -> BoxFuture<'a, Result<Opened>> {
        self.inner.open(loads)
    }

    fn begin<'a>(&'a mut self, load: &'a Load, load_id: i64) -> BoxFuture<'a, Result<Begun>> {
        self.inner.begin(load, load_id)
    }

    fn states<'a>(
        &'a mut self,
        load: &'a Load,
        states: States<'a>,
    ) -> BoxFuture<'a, Result<Vec<(String, State)>>> {
        self.inner.states(load, states)
    }

    fn write<'a>(
        &'a mut self,
        load: &'a Load,
        batch: RecordBatch,
        rejects: Vec<Reject>,
        progress: Progress,
    ) -> BoxFuture<'a, Result<RowCounts>> {
        self.inner.write(load, batch, rejects, progress)
    }

    fn publish<'a>(
        &'a mut self,
        load: &'a Load,
        progress: Progress,
    ) -> BoxFuture<'a, Result<RowCounts>> {
        self.inner.publish(load, progress)
    }

    fn end<'a>(&'a mut self, load: &'a Load, ending: Ending) -> BoxFuture<'a, Result<RowCounts>> {
        self.cancel.cancel();
        self.inner.end(load, ending)
    }

    fn stored_states<'a>(
        &'a mut self,
        wanted: &'a Wanted,
        after: Option<&'a StoredState>,
    ) -> BoxFuture<'a, Result<Option<Vec<StoredState>>>> {
        self.cancel.cancel();
        self.inner.stored_states(wanted, after)
    }

    fn logged_loads<'a>(
        &'a mut self,
        wanted: &'a Wanted,
        before: Option<i64>,
    ) -> BoxFuture<'a, Result<Option<Vec<LoggedLoad>>>> {
        self.inner.logged_loads(wanted, before)
    }

    fn stored_rejects<'a>(
        &'a mut self,
        wanted: &'a Wanted,
        after: Option<&'a StoredReject>,
    ) -> BoxFuture<'a, Result<Option<Vec<StoredReject>>>> {
        self.inner.stored_rejects(wanted, after)
    }
}

fn stopping(place: &Place) -> Catalog {
    let cancel = CancellationToken::new();
    let destination = Stopping { inner: place.destination(), cancel: cancel.clone() };
    Catalog::of::<Books>(destination).cancel_with(cancel)
}

#[tokio::test]
async fn an_interrupted_replay_tells_what_was_replayed() {
    for place in Place::each(SCHEMA) {
        let rows = [
            ("/issues", json!([issue(1, 10, 300), issue(2, 11, 400)])),
            ("/events", json!([{ "at": 1, "amount": 300 }])),
        ];
        loaded(&narrow::Books {}, &place, &["issues", "events"], &rows).await;
        let replayed = stopping(&place).replay(&[]).await.expect("some was replayed");
        let [issues, interrupted] = &replayed[..] else { panic!("{replayed:?}") };
        assert_eq!((issues.resource, issues.rows.inserted), ("issues", 2));
        assert!(issues.error.is_none(), "{issues:?}");
        let error = interrupted.error.as_ref().expect("it was told to stop");
        assert_eq!(error.kind(), ErrorKind::Interrupted);
        assert!(interrupted.load_ids.is_empty(), "{interrupted:?}");
        assert_eq!(place.lines("SELECT id FROM issues ORDER BY id"), ["1", "2"]);
        // the rest stays, and is loaded another time
        let mut catalog = super::catalog::<Books>(&place);
        assert_eq!(rejects(&mut catalog).await.len(), 1);
    }
}

#[tokio::test]
async fn an_interrupted_export_has_no_end() {
    let place = Place::sqlite();
    loaded(&Books {}, &place, &["issues"], &[("/issues", json!([issue(1, 10, 1)]))]).await;
    let mut written = Vec::new();
    let exported = stopping(&place).export_states(&mut written).await;
    assert_eq!(exported.expect_err("it was told to stop").kind(), ErrorKind::Interrupted);
    let error = super::catalog::<Books>(&place).import_states(&written[..]).await;
    let error = error.expect_err("it is not whole");
    assert!(error.message().contains("it has no end: was it cut short?"), "{error}");
}
