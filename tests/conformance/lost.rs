//! Tables that somebody has dropped, renamed or emptied, beside states which say that their rows are there.

use std::sync::Arc;

use connector_runtime::catalog::{Catalog, Duplicates};
use connector_runtime::http::Response;
use connector_runtime::prelude::*;
use connector_runtime::run::Run;
use connector_runtime::testing::ScriptedTransport;
use connector_tests::{Place, assert_says, counts, done};

/// The schema in PostgreSQL.
const SCHEMA: &str = "api";

#[derive(Resource)]
#[resource(path = "/rows", name = "rows", incremental(cursor = at, start_param = "since"))]
struct Row {
    #[column(primary_key)]
    id: i64,
    at: i64,
    tags: Vec<String>,
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", name = "api", resources(Row))]
struct Api {}

macro_rules! api {
    ($api:ident, $row:ident { $($fields:tt)* } $($options:tt)*) => {
        #[derive(Resource)]
        #[resource(path = "/rows", name = "rows", $($options)*)]
        struct $row {
            #[column(primary_key)]
            id: i64,
            $($fields)*
        }

        #[derive(Connector)]
        #[connector(base_url = "https://api.example.com", name = "api", resources($row))]
        struct $api {}
    };
}

api!(History, HistoryRow { at: i64, } incremental(cursor = at, start_param = "since"), strategy = scd2);
api!(
    Soft,
    SoftRow { at: i64, #[column(soft_delete)] gone: bool, }
    incremental(cursor = at, start_param = "since")
);
api!(Thawed, ThawedRow { at: i64, } incremental(cursor = at, start_param = "since"));
api!(
    Frozen,
    FrozenRow { at: i64, }
    incremental(cursor = at, start_param = "since"), schema_contract = freeze
);
api!(Whole, WholeRow { at: i64, } partition(half in ["a", "b"]), params(half = "{partition.half}"));

const FIRST: &str = r#"[{"id": 1, "at": 1, "tags": ["a"]}, {"id": 2, "at": 2, "tags": []}]"#;
const SECOND: &str = r#"[{"id": 2, "at": 3, "tags": ["b"]}]"#;

fn sync(place: &Place, path: &str, rows: &str) -> Run {
    sync_of(&Api {}, place, &[(path, rows)])
}

fn sync_of(api: &impl Connector, place: &Place, answers: &[(&str, &str)]) -> Run {
    let script = answers.iter().fold(ScriptedTransport::new(), |script, (path, rows)| {
        script.on(*path, Response::new(200, (*rows).to_owned()))
    });
    api.sync().transport(Arc::new(script)).boxed_destination(place.destination())
}

/// The error of a run that asks the API for nothing, which a plan has, too.
async fn refused(place: &Place) -> connector_runtime::Error {
    let nothing = || Arc::new(ScriptedTransport::new());
    let run = || Api {}.sync().transport(nothing()).boxed_destination(place.destination());
    let error = run().run().await.into_result().expect_err("rows that are not there");
    let planned = run().plan().await.error.expect("the same");
    assert!(planned.message().ends_with(error.message()), "{planned}");
    error
}

#[tokio::test]
async fn rows_of_a_table_that_is_gone_are_not_passed_over() {
    for place in Place::each(SCHEMA) {
        done(&sync(&place, "/rows", FIRST).run().await);
        place.execute("DROP TABLE rows");
        place.execute("DROP TABLE rows__tags");
        let error = refused(&place).await;
        assert_says(&error, &["they would be passed over", "`--full-refresh`", "state reset rows"]);
        let report = sync(&place, "/rows", FIRST).full_refresh().run().await;
        assert_eq!(done(&report), counts(2, 2, 0, 0));
        assert_eq!(done(&sync(&place, "/rows?since=2", SECOND).run().await), counts(1, 0, 1, 0));
        assert_eq!(place.lines("SELECT id, at FROM rows ORDER BY id"), ["1|1", "2|3"]);
    }
}

/// A refresh that fails leaves a table behind that has nothing: it is no table whose rows are there.
#[tokio::test]
async fn a_refresh_that_fails_promises_nothing() {
    async fn check(api: &impl Connector, place: &Place) {
        const ROWS: &str = r#"[{"id": 1, "at": 1, "gone": false}]"#;
        let rows = [("/rows", ROWS)];
        done(&sync_of(api, place, &rows).run().await);
        place.execute("DROP TABLE rows");
        let failing = sync_of(api, place, &[("/rows", "no JSON")]).full_refresh().run().await;
        assert!(failing.into_result().is_err());
        done(&sync_of(api, place, &rows).run().await);
        assert_eq!(place.lines("SELECT id, at FROM rows"), ["1|1"]);
    }
    for place in Place::each(SCHEMA) {
        check(&Thawed {}, &place).await;
    }
    for place in Place::each(SCHEMA) {
        check(&History {}, &place).await;
    }
    for place in Place::each(SCHEMA) {
        check(&Soft {}, &place).await;
    }
}

#[tokio::test]
async fn lists_of_a_table_that_is_gone_are_not_in_the_way() {
    for place in Place::each(SCHEMA) {
        done(&sync(&place, "/rows", FIRST).run().await);
        place.execute("ALTER TABLE rows RENAME TO rows_old");
        let error = refused(&place).await;
        assert_says(&error, &["there is no table `rows`", "lists of its rows: `rows__tags`"]);
        let help = error.help().expect("a way out");
        place.execute(help.split('`').nth(1).expect("a statement"));
        assert_says(refused(&place).await, &["they would be passed over"]);
        let report = sync(&place, "/rows", FIRST).full_refresh().run().await;
        assert_eq!(done(&report), counts(2, 2, 0, 0));
        assert_eq!(place.lines("SELECT value FROM rows__tags"), ["a"]);
        assert_eq!(place.lines("SELECT count(*) FROM rows_old"), ["2"]);
    }
}

#[tokio::test]
async fn lists_of_rows_that_are_gone_are_told() {
    for place in Place::each(SCHEMA) {
        done(&sync(&place, "/rows", FIRST).run().await);
        place.execute("DELETE FROM rows");
        let report = sync(&place, "/rows?since=2", FIRST).run().await;
        let error = report.into_result().expect_err("a key twice");
        assert_says(&error, &["rows__tags", "`--full-refresh`"]);
        let report = sync(&place, "/rows", FIRST).full_refresh().run().await;
        assert_eq!(done(&report), counts(2, 2, 0, 0));
    }
}

#[tokio::test]
async fn what_the_message_says_helps_whatever_becomes_of_rows() {
    const ROWS: &str = r#"[{"id": 1, "at": 1, "gone": false}]"#;
    async fn check(api: &impl Connector, place: &Place) {
        let rows = [("/rows", ROWS)];
        done(&sync_of(api, place, &rows).run().await);
        place.execute("DROP TABLE rows");
        let error = sync_of(api, place, &[]).run().await.into_result().expect_err("no table");
        assert_says(error, &["they would be passed over", "`--full-refresh`"]);
        done(&sync_of(api, place, &rows).full_refresh().run().await);
        assert_eq!(place.lines("SELECT id, at FROM rows"), ["1|1"]);
    }
    for place in Place::each(SCHEMA) {
        check(&History {}, &place).await;
    }
    for place in Place::each(SCHEMA) {
        check(&Soft {}, &place).await;
    }
}

/// The statement that makes a table is no help where its rows would be passed over.
#[tokio::test]
async fn a_frozen_schema_is_told_of_its_rows_first() {
    for place in Place::each(SCHEMA) {
        let rows = [("/rows", r#"[{"id": 1, "at": 1}]"#)];
        done(&sync_of(&Thawed {}, &place, &rows).run().await);
        done(&sync_of(&Frozen {}, &place, &[("/rows?since=1", "[]")]).run().await);
        place.execute("DROP TABLE rows");
        let error = sync_of(&Frozen {}, &place, &[]).run().await.into_result();
        assert_says(error.expect_err("no table"), &["they would be passed over"]);
    }
}

#[tokio::test]
async fn what_is_read_as_a_whole_is_read_again() {
    let rows = |at: u32| format!(r#"[{{"id": {at}, "at": {at}}}]"#);
    for place in Place::each(SCHEMA) {
        for _ in 0..2 {
            let (a, b) = (rows(1), rows(2));
            let answers = [("/rows?half=a", a.as_str()), ("/rows?half=b", b.as_str())];
            done(&sync_of(&Whole {}, &place, &answers).run().await);
            assert_eq!(place.lines("SELECT id FROM rows ORDER BY id"), ["1", "2"]);
            place.execute("DROP TABLE rows");
        }
    }
}

/// Whoever sets a cursor by hand says from where to read, whatever is there.
#[tokio::test]
async fn a_cursor_that_was_set_holds_for_a_new_table() {
    for place in Place::each(SCHEMA) {
        let mut catalog = Catalog::boxed::<Api>(place.destination());
        catalog.set_state("rows", None, "2", Duplicates::Refuse).await.expect("a cursor");
        drop(catalog);
        assert_eq!(done(&sync(&place, "/rows?since=2", SECOND).run().await), counts(1, 1, 0, 0));
    }
}
