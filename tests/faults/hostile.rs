//! Bodies, names and tables that are within the letter of the law and against its spirit.

mod triggers;

use connector_runtime::prelude::*;
use connector_runtime::{Error, ErrorKind};
use connector_tests::{Folder, Reply, Server, assert_says, counts, done, failed, run};

/// A connector `Api` with one resource, made of its options and columns.
macro_rules! api {
    ($module:ident, $row:ident, [$($options:tt)*], { $($columns:tt)* }) => {
        mod $module {
            use super::*;

            #[derive(Connector)]
            #[connector(base_url = "https://api.example.com", retry(max_retries = 0), resources($row))]
            pub(super) struct Api {}

            #[derive(Resource)]
            #[resource(path = "/", $($options)*)]
            pub(super) struct $row { $($columns)* }
        }
    };
}

api!(captures, Captured, [unknown_fields = capture(extra)], {
    id: i64,
    #[column(json)] extra: Option<Vec<String>>,
});
api!(plain, Rows, [data_selector = "data"], { #[column(primary_key)] id: i64, v: Option<i64> });
api!(tagged, Rows, [data_selector = "data"], {
    #[column(primary_key)] id: i64,
    v: Option<i64>,
    tags: Vec<String>,
});
api!(tagged_log, Rows, [data_selector = "data", write_disposition = append], {
    #[column(primary_key)] id: i64,
    v: Option<i64>,
    tags: Vec<String>,
});
api!(texts, Rows, [data_selector = "data"], { #[column(primary_key)] id: i64, v: Option<String> });
api!(paged, Rows, [data_selector = "data", paginator = offset(limit = 2)], { v: Option<i64> });
api!(elements, Rows, [data_selector = "[*].items"], { #[column(primary_key)] id: i64 });
api!(rows_in_each, Rows, [data_selector = "data[*]"], { #[column(primary_key)] id: i64 });
api!(
    totals,
    Rows,
    [data_selector = "[*].items", paginator = offset(limit = 2, total_path = "[0].total")],
    { #[column(primary_key)] id: i64 }
);
api!(
    numbered,
    Rows,
    [data_selector = "data", paginator = page_number(base_page = 1, total_path = "pages")],
    { #[column(primary_key)] id: i64 }
);
api!(any_json, Rows, [], { id: i64, j: Json });
api!(excluded, Excluded, [data_selector = "data"], { #[column(primary_key)] id: i64, v: i64 });
api!(decimals, Rows, [], { #[column(primary_key)] id: Decimal, v: Decimal });
api!(floats, Rows, [], { v: f64 });
api!(appended, Rows, [data_selector = "data", write_disposition = append], { id: i64, v: i64 });
api!(defaults, Rows, [], { id: i64, #[column(default = "soon")] on: Date });

/// One row.
const ONE: &str = r#"{"data": [{"id": 1, "v": 1}]}"#;

async fn load(
    api: &impl Connector,
    body: &str,
) -> Result<connector_runtime::report::RowCounts, Error> {
    let (server, folder) = (Server::always(Reply::json(body)), Folder::new());
    let mut report = run(api, &server, &folder.database()).await;
    let resource = report.resources.remove(0);
    resource.error.map_or(Ok(resource.rows), Err)
}

async fn refuses(api: &impl Connector, body: &str, kind: ErrorKind, phrases: &[&str]) {
    let error = load(api, body).await.expect_err(body);
    assert_eq!(error.kind(), kind, "{error}");
    assert_says(error, phrases);
}

#[tokio::test]
async fn a_selector_that_is_met_twice_is_refused() {
    let body = r#"{"data": [{"id": 1}], "data": [{"id": 2}]}"#;
    refuses(&plain::Api {}, body, ErrorKind::Response, &["`data`", "found it twice"]).await;
}

#[tokio::test]
async fn an_object_is_no_list_of_pages() {
    let body = r#"{"data": {"items": [{"v": 1}]}}"#;
    refuses(&paged::Api {}, body, ErrorKind::Response, &["expected a list", "`data`", "an object"])
        .await;
}

#[tokio::test]
async fn an_object_without_any_column_is_no_row() {
    let body = r#"{"data": {"items": [{"id": 1}], "next": null}}"#;
    let phrases = ["`data`", "none of its columns", "`items`", "data_selector = \"data.items\""];
    refuses(&plain::Api {}, body, ErrorKind::Response, &phrases).await;
}

#[tokio::test]
async fn every_element_leads_to_rows() {
    let api = elements::Api {};
    let whole =
        r#"[{"items": [{"id": 1}]}, {"items": []}, {"items": null}, {"items": [{"id": 2}]}]"#;
    assert_eq!(load(&api, whole).await.expect("rows"), counts(2, 2, 0, 0));
    let hole = r#"[{"items": [{"id": 1}]}, {"Items": [{"id": 2}]}]"#;
    refuses(&api, hole, ErrorKind::Response, &["nothing is at", "`[*].items`"]).await;
    let null = r#"{"data": [{"id": 1}, null]}"#;
    refuses(&rows_in_each::Api {}, null, ErrorKind::Response, &["`data[*]`", "null"]).await;
}

#[tokio::test]
async fn an_element_with_an_index_is_one_of_each() {
    let body = r#"[{"total": 2, "items": [{"id": 1}, {"id": 2}]}, {"items": [{"id": 3}]}]"#;
    assert_eq!(load(&totals::Api {}, body).await.expect("rows"), counts(3, 3, 0, 0));
}

#[tokio::test]
async fn a_total_beyond_all_numbers_of_pages() {
    let server = Server::start(|request| match request.number("page") {
        Some(1) => Reply::json(r#"{"data": [{"id": 1}], "pages": 18446744073709551615}"#),
        _ => Reply::json(r#"{"data": [], "pages": 18446744073709551615}"#),
    });
    let folder = Folder::new();
    let report = run(&numbered::Api {}, &server, &folder.database()).await;
    assert_eq!(report.resources[0].status, connector_runtime::report::Status::Partial);
}

#[tokio::test]
async fn json_columns_hold_what_serde_can_read() {
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    for value in [deep.as_str(), "1e400", r#""\ud800""#] {
        let body = format!(r#"[{{"id": 1, "j": {value}}}]"#);
        refuses(&any_json::Api {}, &body, ErrorKind::Row, &["row 1", "column `j`"]).await;
        let server = Server::always(Reply::json(body));
        let api = any_json::Api {};
        let mut rows = api.rows::<any_json::Rows>().base_url(server.url());
        assert!(rows.next().await.is_some_and(|row| row.is_err()));
    }
}

#[tokio::test]
async fn a_number_that_the_parser_refuses_is_an_error_of_its_row() {
    let body = r#"[{"v": 1.5}, {"v": 1e400}]"#;
    refuses(&floats::Api {}, body, ErrorKind::Row, &["row 2", "column `v`", "1e400"]).await;
    for body in ["[{\"v\": 18446744073709551615}]", "[{\"v\": 9007199254740993}]"] {
        refuses(&floats::Api {}, body, ErrorKind::Row, &["column `v`", "exactly"]).await;
    }
    // it cannot be told from -0.0
    assert!(load(&plain::Api {}, r#"{"data": [{"id": -0}]}"#).await.is_err());
}

#[tokio::test]
async fn decimals_are_exact_and_keys_are_canonical() {
    let (folder, api) = (Folder::new(), decimals::Api {});
    let body = r#"[{"id": 1.0, "v": 1.5e3}, {"id": 1.00, "v": 12e-3}, {"id": 2, "v": 0e99}]"#;
    let report = run(&api, &Server::always(Reply::json(body)), &folder.database()).await;
    assert_eq!(done(&report), counts(3, 2, 0, 1));
    let found: Vec<String> =
        folder.database().column("SELECT id || '=' || v FROM rows ORDER BY id");
    assert_eq!(found, ["1=0.012", "2=0"]);
    for digits in ["0.12345678901234567890123456789012345e0", "1e30", "1e-40", "1e999999999"] {
        let body = format!(r#"[{{"id": 1, "v": {digits}}}]"#);
        refuses(&api, &body, ErrorKind::Row, &["column `v`", "28 digits"]).await;
    }
}

#[tokio::test]
async fn a_default_that_does_not_fit_stops_before_the_first_request() {
    let (server, folder) = (Server::always(Reply::json("[]")), Folder::new());
    let report = run(&defaults::Api {}, &server, &folder.database()).await;
    assert_eq!(failed(&report).kind(), ErrorKind::Config);
    assert_says(failed(&report), &["default of column `on`", "a date", "\"soon\""]);
    assert_eq!(server.count(), 0);
}

/// What is captured is an object: a column that takes none would refuse every row.
#[tokio::test]
async fn a_column_that_cannot_capture_stops_before_the_first_request() {
    let (server, folder) = (Server::always(Reply::json("[]")), Folder::new());
    let report = run(&captures::Api {}, &server, &folder.database()).await;
    assert_eq!(failed(&report).kind(), ErrorKind::Config);
    assert_says(failed(&report), &["`captured`", "column `extra` captures", "does not take {}"]);
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn a_table_may_be_called_excluded() {
    let (folder, api) = (Folder::new(), excluded::Api {});
    for (body, expected) in [
        (r#"{"data": [{"id": 1, "v": 1}]}"#, counts(1, 1, 0, 0)),
        (r#"{"data": [{"id": 1, "v": 2}]}"#, counts(1, 0, 1, 0)),
        (r#"{"data": [{"id": 1, "v": 2}]}"#, counts(1, 0, 0, 1)),
    ] {
        let report = run(&api, &Server::always(Reply::json(body)), &folder.database()).await;
        assert_eq!(done(&report), expected);
    }
    assert_eq!(folder.database().value::<i64>("SELECT v FROM excluded"), 2);
}

mod nested_key {
    use super::*;

    #[derive(Connector)]
    #[connector(base_url = "https://api.example.com", resources(Issue, User))]
    struct Api {}

    #[derive(Resource)]
    #[resource(path = "/issues")]
    struct Issue {
        #[column(primary_key)]
        id: i64,
        #[column(flatten)]
        user: Option<User>,
    }

    #[derive(Resource)]
    #[resource(path = "/users")]
    struct User {
        #[column(primary_key)]
        id: i64,
    }

    #[tokio::test]
    async fn a_flattened_resource_brings_no_key() {
        let folder = Folder::new();
        for (body, expected) in [
            (r#"[{"id": 1, "user": {"id": 7}}]"#, counts(1, 1, 0, 0)),
            (r#"[{"id": 1, "user": {"id": 8}}]"#, counts(1, 0, 1, 0)),
            (r#"[{"id": 1, "user": null}]"#, counts(1, 0, 1, 0)),
        ] {
            let server = Server::always(Reply::json(body));
            let database = folder.database();
            let run = Api {}.sync().base_url(server.url()).destination(database.destination());
            assert_eq!(done(&run.resources(["issue"]).run().await), expected, "{body}");
        }
    }
}

mod tables {
    use super::*;

    /// Texts that a table takes for one are two values all the same.
    #[tokio::test]
    async fn a_change_of_case_is_a_change() {
        let (folder, api) = (Folder::new(), texts::Api {});
        folder.database().execute(
            "CREATE TABLE rows (id INTEGER PRIMARY KEY NOT NULL, v TEXT COLLATE NOCASE, _load_id INTEGER NOT NULL)",
        );
        let body =
            |v| Server::always(Reply::json(format!(r#"{{"data": [{{"id": 1, "v": "{v}"}}]}}"#)));
        done(&run(&api, &body("A"), &folder.database()).await);
        let report = run(&api, &body("a"), &folder.database()).await;
        assert_eq!(done(&report), counts(1, 0, 1, 0));
    }

    #[tokio::test]
    async fn tables_that_cannot_take_the_rows_are_refused_before_the_first_request() {
        let columns = "id INTEGER NOT NULL, v INTEGER, _load_id INTEGER NOT NULL";
        for (sql, append, phrases) in [
            (
                format!("CREATE TABLE rows ({columns}, PRIMARY KEY (id)) WITHOUT ROWID"),
                false,
                ["`rows`", "`WITHOUT ROWID`"],
            ),
            (
                format!("CREATE TABLE t ({columns}); CREATE VIEW rows AS SELECT * FROM t"),
                false,
                ["`rows`", "it is a view"],
            ),
            (
                format!("CREATE TABLE Rows ({columns}, PRIMARY KEY (id))"),
                true,
                ["`rows`", "appended rows may be alike"],
            ),
        ] {
            let (folder, server) = (Folder::new(), Server::always(Reply::json(ONE)));
            folder.database().execute(&sql);
            let report = match append {
                true => run(&appended::Api {}, &server, &folder.database()).await,
                false => run(&plain::Api {}, &server, &folder.database()).await,
            };
            let error = report.error.expect("refused");
            assert_eq!(error.kind(), ErrorKind::Destination);
            assert_says(error, &phrases);
            assert_eq!(server.count(), 0);
        }
    }

    mod other {
        use super::*;

        #[derive(Connector)]
        #[connector(base_url = "https://api.example.com", resources(plain::Rows))]
        pub(super) struct Other {}
    }

    #[tokio::test]
    async fn two_connectors_do_not_share_a_table() {
        let (folder, server) = (Folder::new(), Server::always(Reply::json(ONE)));
        done(&run(&plain::Api {}, &server, &folder.database()).await);
        let report = run(&other::Other {}, &server, &folder.database()).await;
        assert_says(report.error.expect("refused"), &["`rows`", "the connector `api`"]);
    }
}
