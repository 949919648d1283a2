//! What responses mean: `on_response`, empty answers, lines of JSON, sizes, totals.

use std::io::Write;
use std::sync::Arc;

use connector_runtime::http::Response;
use connector_runtime::prelude::*;
use connector_runtime::report::{Report, Status};
use connector_runtime::testing::ScriptedTransport;
use connector_runtime::{Error, ErrorKind};
use connector_tests::{
    Folder, Item, KEY, OffsetApi, Reply, Server, assert_says, done, failed, items, run,
};
use flate2::Compression;
use flate2::write::GzEncoder;

/// A resource `/rows` with these options, of a connector with those.
macro_rules! api {
    ($module:ident, ($($connector:tt)*), ($($resource:tt)*)) => {
        mod $module {
            use super::*;

            #[derive(Resource)]
            #[resource(path = "/rows", $($resource)*)]
            pub(super) struct Rows {
                #[column(primary_key)]
                pub(super) id: i64,
            }

            #[derive(Connector)]
            #[connector(
                base_url = "https://api.example.com",
                retry(max_retries = 1, initial_delay = "1ms"),
                resources(Rows),
                $($connector)*
            )]
            pub(super) struct Api {}
        }
    };
}

async fn play(api: &impl Connector, script: ScriptedTransport) -> Report {
    let folder = Folder::new();
    let run = api.sync().destination(folder.database().destination());
    run.transport(Arc::new(script)).run().await
}

fn script(pages: impl IntoIterator<Item = (u64, Response)>) -> ScriptedTransport {
    pages.into_iter().fold(ScriptedTransport::new(), |script, (offset, response)| {
        script.on(format!("/rows?offset={offset}&limit=2"), response)
    })
}

fn two(from: i64) -> Response {
    Response::new(200, format!(r#"[{{"id": {from}}}, {{"id": {}}}]"#, from + 1))
}

fn status(status: u16) -> Response {
    Response::new(status, "")
}

fn warnings(report: &Report) -> String {
    report.resources[0].warnings.join("\n")
}

api!(ignoring, (), (paginator = offset(limit = 2), on_response(status = 404, action = ignore)));

#[tokio::test]
async fn a_404_ignored_on_the_first_page_is_an_empty_resource_with_a_warning() {
    let report = play(&ignoring::Api {}, script([(0, status(404))])).await;
    assert_eq!(done(&report).received, 0);
    assert_says(warnings(&report), &["the API answered 404 Not Found: ignored", "as empty"]);
}

api!(
    stopping_replace,
    (),
    (
        paginator = offset(limit = 2),
        write_disposition = replace,
        on_response(status = 404, action = stop_resource),
    )
);

#[tokio::test]
async fn an_end_before_the_first_page_replaces_no_table() {
    let report = play(&stopping_replace::Api {}, script([(0, status(404))])).await;
    assert_says(failed(&report), &["404 Not Found", "the table was not replaced"]);
}

api!(
    replacing,
    (),
    (
        paginator = offset(limit = 2),
        write_disposition = replace,
        on_response(status = 404, action = ignore),
    )
);

#[tokio::test]
async fn an_ignored_answer_replaces_no_table() {
    let (folder, api) = (Folder::new(), replacing::Api {});
    let sync = |script| {
        let run = api.sync().destination(folder.database().destination());
        run.transport(Arc::new(script)).run()
    };
    let whole = script([(0, two(1)), (2, Response::new(200, "[]"))]);
    assert_eq!(done(&sync(whole).await).inserted, 2);
    let report = sync(script([(0, status(404))])).await;
    assert_says(failed(&report), &["404 Not Found: ignored", "the table was not replaced"]);
    assert_eq!(folder.database().column::<i64>("SELECT id FROM rows"), [1, 2]);
}

#[tokio::test]
async fn airbyte_ignored_404_in_the_middle_makes_the_resource_partial() {
    let report =
        play(&ignoring::Api {}, script([(0, two(1)), (2, two(3)), (4, status(404))])).await;
    let resource = &report.resources[0];
    assert_eq!((resource.status, resource.rows.received), (Status::Partial, 4));
    assert_eq!(resource.rows.inserted, 4);
    assert_says(warnings(&report), &["page 3: the API answered 404 Not Found: ignored"]);
    let error = report.into_result().expect_err("a partial resource is no success");
    assert_eq!(error.kind(), ErrorKind::Paging);
}

#[tokio::test]
async fn a_404_ignored_in_the_middle_ends_a_stream_with_an_error() {
    let script = script([(0, two(1)), (2, status(404))]);
    let mut rows = ignoring::Api {}.rows::<ignoring::Rows>().transport(Arc::new(script));
    assert_eq!(rows.next().await.expect("a row").expect("good").id, 1);
    assert_eq!(rows.next().await.expect("a row").expect("good").id, 2);
    assert_says(rows.next().await.expect("an end").err().expect("an error"), &["ignored"]);
}

api!(
    stopping,
    (resource_defaults(on_response(status = 400..=499, action = stop_resource))),
    (
        paginator = offset(limit = 2),
        data_selector = "rows",
        on_response(status = 403, action = fail)
    )
);

fn counted(from: i64, total: u64) -> Response {
    let body =
        format!(r#"{{"total": {total}, "rows": [{{"id": {from}}}, {{"id": {}}}]}}"#, from + 1);
    Response::new(200, body)
}

fn uncounted(from: i64) -> Response {
    Response::new(200, format!(r#"{{"rows": [{{"id": {from}}}, {{"id": {}}}]}}"#, from + 1))
}

#[tokio::test]
async fn stop_resource_ends_the_scan_without_error() {
    let report = play(&stopping::Api {}, script([(0, uncounted(1)), (2, status(416))])).await;
    assert_eq!(done(&report).inserted, 2);
    assert_eq!(warnings(&report), "");
    let report = play(&stopping::Api {}, script([(0, status(400))])).await;
    assert_eq!(done(&report).inserted, 0);
}

#[tokio::test]
async fn stop_resource_is_partial_where_the_api_had_promised_more() {
    let report = play(&stopping::Api {}, script([(0, counted(1, 5)), (2, status(416))])).await;
    assert_eq!(report.resources[0].status, Status::Partial);
    let expected = ["the API says there are 5 rows, but gave 2: at page 2 the API answered 416"];
    assert_says(warnings(&report), &expected);
}

#[tokio::test]
async fn a_rule_of_the_resource_comes_before_those_of_the_defaults() {
    let report = play(&stopping::Api {}, script([(0, uncounted(1)), (2, status(403))])).await;
    assert_says(failed(&report), &["the API answered 403"]);
}

api!(
    by_body,
    (),
    (
        paginator = offset(limit = 2),
        on_response(path = "error.code", value = "RATE", action = retry),
        on_response(path = "error.code", value = 7, action = fail),
        on_response(status = [500, 503], content = "for ever", action = fail),
    )
);

#[tokio::test]
async fn a_success_whose_body_asks_for_patience_is_tried_again() {
    let slow = || Response::new(200, r#"{"error": {"code": "RATE"}}"#);
    let script = script([(0, slow()), (0, two(1)), (2, Response::new(200, "[]"))]);
    let report = play(&by_body::Api {}, script).await;
    assert_eq!(done(&report).inserted, 2);
    assert_eq!(report.resources[0].traffic.retries, 1);

    let script = self::script([(0, slow()), (0, slow())]);
    let report = play(&by_body::Api {}, script).await;
    assert_says(
        failed(&report),
        &["the API answered 200: {\"error\"", "the last of 2 tries", "`on_response` names"],
    );
}

#[tokio::test]
async fn a_response_that_is_to_fail_is_not_tried_again() {
    let error = Response::new(200, r#"{"error": {"code": 7}}"#);
    let report = play(&by_body::Api {}, script([(0, error)])).await;
    assert_says(failed(&report), &["the API answered 200: {\"error\""]);
    let report =
        play(&by_body::Api {}, script([(0, Response::new(503, "for ever and ever"))])).await;
    assert_says(failed(&report), &["the API answered 503"]);
}

#[tokio::test]
async fn an_answer_without_content_is_an_empty_page() {
    for code in [204, 205] {
        let report = play(&ignoring::Api {}, script([(0, status(code))])).await;
        assert_eq!(done(&report).received, 0);
        let report = play(&ignoring::Api {}, script([(0, two(1)), (2, status(code))])).await;
        assert_eq!(done(&report).inserted, 2);
        let report = play(&stopping::Api {}, script([(0, counted(1, 3)), (2, status(code))])).await;
        assert_eq!(report.resources[0].status, Status::Partial);
    }
    // with any other success a body was promised
    let report = play(&ignoring::Api {}, script([(0, status(200))])).await;
    assert_says(failed(&report), &["found an empty body"]);
}

api!(
    flagged,
    (),
    (
        paginator = offset(limit = 2, total_path = "total", has_more_path = "more"),
        data_selector = "rows"
    )
);

fn last(from: i64, total: u64) -> Response {
    let body = format!(r#"{{"more": false, "total": {total}, "rows": [{{"id": {from}}}]}}"#);
    Response::new(200, body)
}

fn not_last(total: u64) -> Response {
    let body = format!(r#"{{"more": true, "total": {total}, "rows": [{{"id": 1}}, {{"id": 2}}]}}"#);
    Response::new(200, body)
}

#[tokio::test]
async fn a_total_that_does_not_match_the_rows_is_partial() {
    let report = play(&flagged::Api {}, script([(0, not_last(5)), (2, last(3, 5))])).await;
    assert_eq!(report.resources[0].status, Status::Partial);
    assert_says(warnings(&report), &["the API says there are 5 rows, but gave 3"]);
    let report = play(&flagged::Api {}, script([(0, not_last(3)), (2, last(3, 3))])).await;
    assert_eq!((done(&report).inserted, warnings(&report)), (3, String::new()));
}

#[tokio::test]
async fn more_rows_than_the_total_are_partial() {
    let report = play(&flagged::Api {}, script([(0, not_last(1)), (2, last(3, 1))])).await;
    let resource = &report.resources[0];
    assert_eq!((resource.status, resource.rows.inserted), (Status::Partial, 3));
    assert_says(warnings(&report), &["the API gave 3 rows, but says there are 1"]);
}

api!(lines, (), (paginator = offset(limit = 2), response_format = json_lines));

async fn read_lines(body: impl Into<Vec<u8>>) -> Result<Vec<i64>, Error> {
    let script = script([(0, Response::new(200, body.into())), (2, Response::new(200, ""))]);
    let mut rows = lines::Api {}.rows::<lines::Rows>().transport(Arc::new(script));
    let mut ids = Vec::new();
    while let Some(row) = rows.next().await {
        ids.push(row?.id);
    }
    Ok(ids)
}

#[tokio::test]
async fn lines_of_json_are_rows() {
    for body in [
        "{\"id\": 1}\n{\"id\": 2}\n",
        "{\"id\": 1}\r\n\r\n  {\"id\": 2, \"more\": [{}]}",
        "\n\n{\"id\": 1}\n{\"id\": 2}",
    ] {
        assert_eq!(read_lines(body).await.expect("rows"), [1, 2], "{body:?}");
    }
}

#[tokio::test]
async fn airbyte_bad_json_line_is_named() {
    for (body, expected) in [
        ("{\"id\": 1}\n\n{\"id\": 2", "line 3: expected JSON, found only its beginning"),
        ("{\"id\": 1}\nid: 2", "line 2: expected JSON: expected value"),
        ("{\"id\": 1} {\"id\": 2}", "line 1: expected JSON: trailing characters"),
        ("{\"id\": 1}\n{\"id\": \"2\"}", "line 2: column `id`: expected a whole number"),
        ("{\"id\": 1}\n[2]", "line 2: expected an object, found [2]"),
        ("[{\"id\": 1}]", "line 1: expected an object, found [{\"id\": 1}]"),
        ("{\"id\": 1}\n{\"no\": 1}", "line 2: column `id`: expected a value, the row has no key"),
        ("<html>", "line 1: expected JSON, found an HTML or XML page: <html>"),
    ] {
        let script = script([(0, Response::new(200, body))]);
        let report = play(&lines::Api {}, script).await;
        assert_says(failed(&report), &["page 1", expected]);
    }
}

mod small {
    use connector_runtime::prelude::*;

    #[derive(Connector)]
    #[connector(
        base_url = "https://api.example.com",
        auth = api_key(name = "api_key", location = query, value = api_key),
        retry(max_retries = 0),
        read_timeout = "100ms",
        max_body = "64KiB",
        resources(connector_tests::ResourceName),
    )]
    pub(super) struct Small {
        pub(super) api_key: Secret,
    }
}

fn small() -> small::Small {
    small::Small { api_key: Secret::new(KEY) }
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).expect("memory");
    encoder.finish().expect("memory")
}

#[tokio::test]
async fn packed_bodies_are_unpacked() {
    let (folder, api) = (Folder::new(), OffsetApi::new(items(1..4)).key(KEY));
    let server = Server::start({
        let api = api.clone();
        move |request| match request.number("offset") {
            Some(0) => {
                let page = connector_tests::page(&api.rows());
                Reply::json("").header("content-encoding", "gzip").body(gzip(page.as_bytes()))
            }
            _ => api.answer(request),
        }
    });
    let database = folder.database();
    done(&run(&small(), &server, &database).await);
    let expected: Vec<Item> = api.rows();
    assert_eq!(database.items(), expected);
}

#[tokio::test]
async fn a_body_that_unpacks_beyond_the_limit_is_refused() {
    // 64 MiB of spaces in 64 KiB
    let bomb = gzip(&vec![b' '; 64 << 20]);
    assert!(bomb.len() < 80 << 10);
    let plain = vec![b' '; (64 << 10) + 1];
    for reply in
        [Reply::json("").header("content-encoding", "gzip").body(bomb), Reply::json("").body(plain)]
    {
        let (folder, server) = (Folder::new(), Server::always(reply));
        let report = run(&small(), &server, &folder.database()).await;
        let error = failed(&report);
        assert_eq!(error.kind(), ErrorKind::Transport);
        assert_says(error, &["the body is larger than the `max_body` of 64KiB"]);
        assert_eq!(server.count(), 1);
    }
}

#[tokio::test]
async fn an_answer_that_stops_coming_is_given_up() {
    let server = Server::always(Reply::json("{\"data\":[]}").stall(4));
    let folder = Folder::new();
    let report = run(&small(), &server, &folder.database()).await;
    assert_says(failed(&report), &["nothing came for 0.1 s"]);
}
