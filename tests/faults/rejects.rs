//! Rows that do not fit and are borne with: the others come, and the scan goes on where it should.

use std::sync::Arc;

use connector_runtime::ErrorKind;
use connector_runtime::http::Response;
use connector_runtime::prelude::*;
use connector_runtime::report::Report;
use connector_runtime::testing::ScriptedTransport;
use connector_tests::{Folder, assert_says, failed};

/// A connector with one resource, `Row`, whose rows have a number and a text.
macro_rules! api {
    ($($options:tt)*) => {
        #[derive(Resource, Debug)]
        #[resource(path = "/rows", name = "rows", $($options)*)]
        struct Row {
            #[column(primary_key)]
            id: i64,
            text: String,
        }

        #[derive(Connector)]
        #[connector(base_url = "https://api.example.com", resources(Row))]
        struct Api {}
    };
}

/// What a run made of the pages.
struct Loaded {
    report: Report,
    rows: Vec<String>,
    /// Page, row, column and JSON of each.
    rejects: Vec<String>,
}

async fn load(api: &impl Connector, script: ScriptedTransport) -> Loaded {
    let folder = Folder::new();
    let run = api.sync().transport(Arc::new(script)).destination(folder.database().destination());
    let report = run.run().await;
    let texts = |sql| folder.database().query(sql, |row| row.get::<_, String>(0));
    Loaded {
        report,
        rows: texts("SELECT id || text FROM rows ORDER BY id"),
        rejects: texts(
            "SELECT concat_ws('|', page, row, path, raw) FROM _connector_rejects ORDER BY page, row",
        ),
    }
}

fn page(body: &str) -> Response {
    Response::new(200, body.to_owned())
}

#[tokio::test]
async fn positions_move_by_the_rows_that_came() {
    api!(paginator = offset(limit = 3), on_bad_row = quarantine);
    let script = ScriptedTransport::new()
        .on(
            "/rows?offset=0&limit=3",
            page(r#"[{"id": 1, "text": "a"}, {"id": "2", "text": "b"}, {"id": 3, "text": "c"}]"#),
        )
        .on("/rows?offset=3&limit=3", page(r#"[{"id": 4, "text": null}, 5, []]"#))
        .on("/rows?offset=6&limit=3", page(r#"[{"id": 7, "text": "g"}]"#))
        .on("/rows?offset=7&limit=3", page("[]"));
    let Loaded { report, rows, rejects } = load(&Api {}, script).await;
    assert!(report.is_done(), "{report:?}");
    let counts = report.resources[0].rows;
    assert_eq!((counts.received, counts.inserted, counts.quarantined), (7, 3, 4));
    assert!(counts.adds_up(), "{counts:?}");
    assert_eq!(rows, ["1a", "3c", "7g"]);
    let expected = [
        r#"1|2|id|{"id": "2", "text": "b"}"#,
        r#"2|1|text|{"id": 4, "text": null}"#,
        "2|2||5",
        "2|3||[]",
    ];
    assert_eq!(rejects, expected);
}

#[tokio::test]
async fn a_cursor_is_that_of_the_last_row() {
    api!(paginator = cursor(cursor_column = id, cursor_param = "after"), on_bad_row = quarantine);
    let script = ScriptedTransport::new()
        .on("/rows", page(r#"[{"id": 1, "text": "a"}, {"text": 7, "id": 2}]"#))
        .on("/rows?after=2", page(r#"[{"id": 3, "text": 9}]"#))
        .on("/rows?after=3", page("[]"));
    let Loaded { report, rows, rejects } = load(&Api {}, script).await;
    assert!(report.is_done(), "{report:?}");
    assert_eq!((rows, rejects.len()), (vec!["1a".to_owned()], 2));
}

/// Without a value of the cursor's column nobody knows where the next page begins.
#[tokio::test]
async fn a_page_without_a_cursor_is_not_the_end() {
    api!(paginator = cursor(cursor_column = id, cursor_param = "after"), on_bad_row = quarantine);
    let script = ScriptedTransport::new().on("/rows", page(r#"[{"text": "a"}]"#));
    let Loaded { report, rejects, .. } = load(&Api {}, script).await;
    assert_says(failed(&report), &["page 1", "no row of the page has a value of `id`"]);
    assert_eq!(rejects, [r#"1|1|id|{"text": "a"}"#]);
}

#[tokio::test]
async fn beyond_the_budget_the_load_fails() {
    api!(paginator = offset(limit = 2), on_bad_row = quarantine(max_rows = 1));
    let script = ScriptedTransport::new()
        .on("/rows?offset=0&limit=2", page(r#"[{"id": 1, "text": "a"}, {"id": 2, "text": 2}]"#))
        .on("/rows?offset=2&limit=2", page(r#"[{"id": 3, "text": 3}, {"id": 4, "text": "d"}]"#));
    let Loaded { report, rows, rejects } = load(&Api {}, script).await;
    let error = failed(&report);
    assert_eq!(error.kind(), ErrorKind::Row);
    let says = [
        "2 of 4 rows do not fit, more than `quarantine(max_rows = 1)`",
        "page 1: row 2: column `text`: expected a string, found a number 2",
        "`_connector_rejects`",
    ];
    assert_says(error, &says);
    // what had come is there, and so are those that do not fit
    assert_eq!((rows.len(), rejects.len()), (2, 2));
}

/// The page comes round again, whatever the API writes into it.
#[tokio::test]
async fn a_bad_row_does_not_hide_a_repeated_page() {
    api!(paginator = page_number(base_page = 1, page_param = "page"), on_bad_row = quarantine);
    let page_at =
        |time| page(&format!(r#"[{{"id": 1, "text": "a"}}, {{"id": 2, "text": {time}}}]"#));
    let script =
        ScriptedTransport::new().on("/rows?page=1", page_at(7)).on("/rows?page=2", page_at(8));
    let Loaded { report, .. } = load(&Api {}, script).await;
    assert_says(failed(&report), &["page 2", "the keys of this page are those of page 1"]);
}

/// A row that `map` spoils ends the load; those that did not fit before are kept and counted.
#[tokio::test]
async fn rejects_outlive_a_failed_map() {
    #[derive(Resource)]
    #[resource(path = "/rows", name = "rows", on_bad_row = quarantine, map = beyond)]
    struct Row {
        #[column(primary_key)]
        id: u64,
        text: Option<String>,
    }
    #[derive(Connector)]
    #[connector(base_url = "https://api.example.com", resources(Row))]
    struct Api {}
    fn beyond(row: Row) -> Row {
        Row { id: u64::MAX - row.id, ..row }
    }
    let script =
        ScriptedTransport::new().on("/rows", page(r#"[{"id": 1}, {"id": "2"}, {"id": 3}]"#));
    let folder = Folder::new();
    let database = folder.database();
    let run = Api {}.sync().transport(Arc::new(script)).destination(database.destination());
    let report = run.run().await;
    assert_says(failed(&report), &["`map` returned a row that does not fit: `id`"]);
    let counts = report.resources[0].rows;
    assert_eq!((counts.received, counts.quarantined, counts.discarded), (3, 1, 2));
    let text = |sql| database.query(sql, |row| row.get::<_, String>(0));
    assert_eq!(text("SELECT raw FROM _connector_rejects"), [r#"{"id": "2"}"#]);
    let logged = text(
        "SELECT concat_ws('|', received, quarantined, inserted, status) FROM _connector_loads",
    );
    assert_eq!(logged, ["3|1|0|failed"]);
}

#[tokio::test]
async fn lines_of_json() {
    api!(response_format = json_lines, on_bad_row = quarantine);
    let body = "{\"id\": 1, \"text\": \"a\"}\n\n{\"id\": 2}\n7\n{\"id\": 3, \"text\": \"c\"}";
    let loaded = load(&Api {}, ScriptedTransport::new().on("/rows", page(body))).await;
    assert_eq!(loaded.rows, ["1a", "3c"]);
    assert_eq!(loaded.rejects, [r#"1|2|text|{"id": 2}"#, "1|3||7"]);
    let body = "{\"id\": 1, \"text\": \"a\"}\n{\"id\": 2";
    let loaded = load(&Api {}, ScriptedTransport::new().on("/rows", page(body))).await;
    assert_says(failed(&loaded.report), &["line 2", "expected JSON"]);
    assert!(loaded.rejects.is_empty());
}

#[tokio::test]
async fn records_of_csv() {
    api!(response_format = csv, on_bad_row = quarantine);
    let body = "id,text\n1,a\n2,\n\"x\",y\n3,c\n";
    let loaded = load(&Api {}, ScriptedTransport::new().on("/rows", page(body))).await;
    assert_eq!(loaded.rows, ["1a", "3c"]);
    let expected = [r#"1|2|text|{"id":"2","text":null}"#, r#"1|3|id|{"id":"x","text":"y"}"#];
    assert_eq!(loaded.rejects, expected);
}

/// Structs have no place for what does not fit.
#[tokio::test]
async fn a_stream_of_rows_ends_with_the_error() {
    api!(on_bad_row = quarantine);
    let script = ScriptedTransport::new()
        .on("/rows", page(r#"[{"id": 1, "text": "a"}, {"id": 2, "text": 7}]"#));
    let mut rows = Api {}.rows::<Row>().transport(Arc::new(script));
    let error = rows.next().await.expect("an item").expect_err("row 2 does not fit");
    assert_says(error, &["row 2: column `text`"]);
}
