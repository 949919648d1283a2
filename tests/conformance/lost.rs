//! Tables that somebody has dropped, renamed or emptied, beside states which say that their rows are there.

use std::sync::Arc;

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

const FIRST: &str = r#"[{"id": 1, "at": 1, "tags": ["a"]}, {"id": 2, "at": 2, "tags": []}]"#;
const SECOND: &str = r#"[{"id": 2, "at": 3, "tags": ["b"]}]"#;

fn sync(place: &Place, path: &str, rows: &str) -> Run {
    let script = ScriptedTransport::new().on(path, Response::new(200, rows.to_owned()));
    Api {}.sync().transport(Arc::new(script)).boxed_destination(place.destination())
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
