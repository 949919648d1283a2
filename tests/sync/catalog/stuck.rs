//! A destination that does not answer, and somebody who does not wait for it.

use std::time::Duration;

use connector_runtime::CancellationToken;
use connector_runtime::arrow_array::RecordBatch;
use connector_runtime::catalog::{Catalog, Duplicates};
use connector_runtime::destination::{
    Begun, BoxFuture, Destination, Ending, Load, LoggedLoad, Opened, Progress, Reject, States,
    StoredReject, StoredState, Wanted,
};
use connector_runtime::report::RowCounts;
use connector_runtime::state::State;
use connector_runtime::{ErrorKind, Result};

use super::api::Books;

/// None of its calls ends.
#[derive(Debug)]
struct Stuck;

fn never<'a, T: Send + 'a>() -> BoxFuture<'a, Result<T>> {
    Box::pin(std::future::pending())
}

impl Destination for Stuck {
    fn describe(&self) -> String {
        "a wall".to_owned()
    }

    fn ddl(&self, _: &Load) -> String {
        String::new()
    }

    fn open<'a>(&'a mut self, _: &'a [Load]) -> BoxFuture<'a, Result<Opened>> {
        never()
    }

    fn begin<'a>(&'a mut self, _: &'a Load, _: i64) -> BoxFuture<'a, Result<Begun>> {
        never()
    }

    fn states<'a>(
        &'a mut self,
        _: &'a Load,
        _: States<'a>,
    ) -> BoxFuture<'a, Result<Vec<(String, State)>>> {
        never()
    }

    fn write<'a>(
        &'a mut self,
        _: &'a Load,
        _: RecordBatch,
        _: Vec<Reject>,
        _: Progress,
    ) -> BoxFuture<'a, Result<RowCounts>> {
        never()
    }

    fn publish<'a>(&'a mut self, _: &'a Load, _: Progress) -> BoxFuture<'a, Result<RowCounts>> {
        never()
    }

    fn end<'a>(&'a mut self, _: &'a Load, _: Ending) -> BoxFuture<'a, Result<RowCounts>> {
        never()
    }

    fn stored_states<'a>(
        &'a mut self,
        _: &'a Wanted,
        _: Option<&'a StoredState>,
    ) -> BoxFuture<'a, Result<Option<Vec<StoredState>>>> {
        never()
    }

    fn logged_loads<'a>(
        &'a mut self,
        _: &'a Wanted,
        _: Option<i64>,
    ) -> BoxFuture<'a, Result<Option<Vec<LoggedLoad>>>> {
        never()
    }

    fn stored_rejects<'a>(
        &'a mut self,
        _: &'a Wanted,
        _: Option<&'a StoredReject>,
    ) -> BoxFuture<'a, Result<Option<Vec<StoredReject>>>> {
        never()
    }
}

const EXPORT: &str = r#"{"connector":"books","version":1,"resources":["issues"]}
{"resource":"issues","partition":"","state":{"version":2,"load_id":1,"complete":true,"rows":1,"pages":1,"column":"updated_at","cursor":{"integer":5}}}
{"states":1}
"#;

#[tokio::test(start_paused = true)]
async fn who_is_told_to_stop_does_not_wait_for_a_destination_that_does_not_answer() {
    let cancel = CancellationToken::new();
    let mut catalog = Catalog::of::<Books>(Stuck).cancel_with(cancel.clone());
    let edits = async {
        [
            catalog.set_state("issues", None, "5", Duplicates::Refuse).await.err(),
            catalog.reset_states(&[], Duplicates::Refuse).await.err(),
            catalog.import_states(EXPORT.as_bytes()).await.err(),
            catalog.replay(&[]).await.err(),
            catalog.loads(1).await.err(),
        ]
    };
    let told = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        cancel.cancel();
    };
    let both = async { tokio::join!(edits, told).0 };
    let errors = tokio::time::timeout(Duration::from_secs(60), both).await.expect("they end");
    for error in errors {
        let error = error.expect("nothing was done");
        assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}");
    }
}
