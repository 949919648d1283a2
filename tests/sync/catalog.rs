//! What a destination knows, looked at and edited between the runs of a connector.

mod api;
mod replay;
mod states;
mod stopped;
mod stuck;
mod transfer;

use connector_runtime::catalog::Catalog;
use connector_runtime::destination::{StoredReject, StoredState};
use connector_runtime::{Connector, ErrorKind};
use connector_tests::{Folder, Place};

use api::{Books, SCHEMA};

/// What is there of a connector.
fn catalog<C: Connector>(place: &Place) -> Catalog {
    Catalog::boxed::<C>(place.destination())
}

/// All states.
async fn states(catalog: &mut Catalog) -> Vec<StoredState> {
    let mut all: Vec<StoredState> = Vec::new();
    loop {
        let some = catalog.states(&[], None, all.last()).await.expect("states");
        if some.is_empty() {
            return all;
        }
        all.extend(some);
    }
}

/// The JSON of rows that do not fit.
async fn rejects(catalog: &mut Catalog) -> Vec<String> {
    let mut all: Vec<StoredReject> = Vec::new();
    loop {
        let some = catalog.rejects(&[], all.last()).await.expect("rejects");
        if some.is_empty() {
            return all.into_iter().map(|kept| kept.reject.raw).collect();
        }
        all.extend(some);
    }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test]
async fn where_nothing_was_loaded_there_is_nothing_and_nothing_is_made() {
    for place in Place::each(SCHEMA) {
        let mut catalog = catalog::<Books>(&place);
        let mut exported = Vec::new();
        for error in [
            catalog.states(&[], None, None).await.map(drop).expect_err("nothing"),
            catalog.loads(10).await.map(drop).expect_err("nothing"),
            catalog.load(1).await.map(drop).expect_err("nothing"),
            catalog.rejects(&[], None).await.map(drop).expect_err("nothing"),
            catalog.replay(&[]).await.map(drop).expect_err("nothing"),
            catalog.export_states(&mut exported).await.map(drop).expect_err("nothing"),
            catalog.export_rejects(&mut exported).await.map(drop).expect_err("nothing"),
            catalog
                .reset_states(&[], connector_runtime::catalog::Duplicates::Refuse)
                .await
                .map(drop)
                .expect_err("nothing"),
        ] {
            assert_eq!(error.kind(), ErrorKind::Destination, "{error}");
            let text = error.to_string();
            assert!(text.contains("no run has loaded anything"), "{text}");
            assert!(text.contains("run `sync` first"), "{text}");
        }
        assert!(exported.is_empty(), "no half of an export");
        match &place {
            Place::Sqlite(folder) => assert!(!folder.database().path().exists()),
            Place::Postgres(database, schema) => {
                let sql = format!("SELECT count(*) FROM pg_namespace WHERE nspname = '{schema}'");
                assert_eq!(database.value(&sql), "0");
            }
        }
    }
}

#[tokio::test]
async fn a_name_that_is_none_is_said_before_anything_is_read() {
    let folder = Folder::new();
    let mut catalog = Catalog::of::<Books>(folder.database().destination());
    let error = catalog.states(&names(&["isues"]), None, None).await.expect_err("misspelt");
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("no resource `isues`"), "{error}");
}
