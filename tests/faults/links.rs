//! Links and cursors that lead nowhere, away, or in circles.

use std::sync::Arc;

use connector_runtime::http::Response;
use connector_runtime::prelude::*;
use connector_runtime::testing::ScriptedTransport;
use connector_runtime::{Error, ErrorKind};
use connector_tests::{Folder, Reply, Server, assert_says, failed};

const TOKEN: &str = "t0ken-that-stays-home";

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = api_key(name = "key", location = query, value = key),
    resources(ByUrl, ByLink, ByCursor, ByColumn),
)]
struct Api {
    key: Secret,
}

macro_rules! resource {
    ($name:ident, $($paginator:tt)*) => {
        #[derive(Resource)]
        #[resource(path = "/rows", data_selector = "data", paginator = $($paginator)*)]
        struct $name {
            #[column(primary_key)]
            id: i64,
        }
    };
}

resource!(ByUrl, json_link);
resource!(ByLink, header_link);
resource!(ByCursor, cursor(cursor_path = "next", has_more_path = "more"));
resource!(ByColumn, cursor(cursor_column = id));

/// The error that these answers end in; asked for at these places.
async fn error<R: Resource>(answers: &[(&str, Response)]) -> Error {
    let script = answers.iter().fold(ScriptedTransport::new(), |script, (target, answer)| {
        script.on(*target, answer.clone())
    });
    let mut rows = Api { key: TOKEN.into() }.rows::<R>().transport(Arc::new(script));
    loop {
        match rows.next().await.expect("an error before the end") {
            Ok(_) => {}
            Err(error) => return error,
        }
    }
}

fn next(id: i64, next: &str) -> Response {
    let body = serde_json::json!({ "data": [{ "id": id }], "next": next });
    Response::new(200, body.to_string())
}

#[tokio::test]
async fn d15_no_link_leads_away() {
    for (link, expected) in [
        (
            "https://evil.example.com/rows?key=t0ken-that-stays-home",
            "another origin, https://evil.example.com",
        ),
        ("//evil.example.com/rows", "another origin, https://evil.example.com"),
        ("http://api.example.com/rows", "from https to plain http"),
        ("http://169.254.169.254/latest/meta-data", "from https to plain http"),
        ("https://169.254.169.254/latest", "a link-local address, where metadata services are"),
        ("https://[::ffff:127.0.0.1]/", "a loopback address"),
        ("https://10.1.2.3/", "a private address"),
        ("https://metadata.google.internal/", "a name of this machine or its network"),
        ("https://localhost/", "a name of this machine or its network"),
        ("https://user:t0ken-that-stays-home@api.example.com/", "a user name or password"),
        ("file:///etc/passwd", "a `file:` URL"),
        ("https://", "the next link is not a URL"),
    ] {
        let by_url = error::<ByUrl>(&[("/rows", next(1, link))]).await;
        let header = Response::new(200, r#"{"data":[{"id":1}]}"#)
            .with_header("link", &format!("<{link}>; rel=\"next\""));
        let by_link = error::<ByLink>(&[("/rows", header)]).await;
        for error in [by_url, by_link] {
            assert_eq!((error.kind(), error.page()), (ErrorKind::Paging, Some(1)));
            assert_says(&error, &["page 1: the next link", expected]);
            assert!(!format!("{error:?} {error}").contains(TOKEN), "{error:?}");
        }
    }
}

#[tokio::test]
async fn d15_a_link_to_another_server_is_not_asked() {
    let folder = Folder::new();
    let other = Server::always(Reply::json(r#"{"data":[]}"#));
    let answer = format!(r#"{{"data":[{{"id":1}}],"next":"{}/rows?page=2"}}"#, other.url());
    let server = Server::always(Reply::json(answer));
    let api = Api { key: TOKEN.into() };
    let run = api.sync().base_url(server.url()).destination(folder.database().destination());
    let report = run.resources(["by_url"]).run().await;
    assert_says(failed(&report), &["the next link was not followed", &other.url()]);
    assert_eq!((server.count(), other.count()), (1, 0));
}

#[tokio::test]
async fn d08_links_and_cursors_in_circles() {
    let again = [("/rows", next(1, "/rows?p=2")), ("/rows?p=2", next(2, "/rows?p=2"))];
    let error_ = error::<ByUrl>(&again).await;
    assert_eq!((error_.kind(), error_.page()), (ErrorKind::Paging, Some(2)));
    assert_says(error_, &["a next link that it had given before"]);

    let page =
        |id: i64, body: &str| Response::new(200, format!(r#"{{"data":[{{"id":{id}}}],{body}}}"#));
    let more = r#""more":true,"next":"a""#;
    let again = [("/rows", page(1, more)), ("/rows?cursor=a", page(2, more))];
    assert_says(error::<ByCursor>(&again).await, &["a cursor that it had given before"]);

    for next in ["null", "\"\"", "false", "0"] {
        let body = format!(r#""more":true,"next":{next}"#);
        let error = error::<ByCursor>(&[("/rows", page(1, &body))]).await;
        assert_says(error, &["there is more, but gives no cursor"]);
    }

    // a server that ignores the parameter sends its first page again
    let first = page(1, r#""x":1"#);
    let again = [("/rows", first.clone()), ("/rows?cursor=1", first)];
    assert_says(error::<ByColumn>(&again).await, &["given before"]);
}

#[tokio::test]
async fn what_is_no_link_or_cursor() {
    for (body, expected) in [
        (
            r#"{"data":[],"next":{"href":"/rows"}}"#,
            "expected a URL at `next_url_path = \"next\"`, found an object",
        ),
        (r#"{"data":[],"next":2}"#, "found the number 2"),
        (r#"{"data":[],"next":true}"#, "found `true`"),
    ] {
        let error = error::<ByUrl>(&[("/rows", Response::new(200, body))]).await;
        assert_says(error, &[expected]);
    }
    let body = r#"{"data":[],"more":true,"next":-1}"#;
    let error_ = error::<ByCursor>(&[("/rows", Response::new(200, body))]).await;
    assert_says(
        error_,
        &["expected a cursor at `cursor_path = \"next\"`, found a negative number"],
    );
    let header = Response::new(200, r#"{"data":[]}"#).with_header("link", "next; /rows");
    let error_ = error::<ByLink>(&[("/rows", header)]).await;
    assert_says(error_, &["the `Link` header cannot be read: a link starts with `<`"]);
}

mod leading_on {
    use super::*;
    use connector_tests::{done, run};

    #[derive(Connector)]
    #[connector(base_url = "https://api.example.com", resources(ByLink))]
    struct Links {}

    mod keyless {
        use super::*;

        #[derive(Connector)]
        #[connector(base_url = "https://api.example.com", resources(Log))]
        pub(super) struct Logs {}

        #[derive(Resource)]
        #[resource(
            path = "/",
            data_selector = "data",
            paginator = cursor(cursor_path = "next", cursor_param = "c")
        )]
        pub(super) struct Log {
            level: String,
        }
    }

    #[tokio::test]
    async fn a_page_without_a_body_may_lead_on() {
        let server = Server::start(|request| match request.path.as_str() {
            "/rows" => {
                Reply::json(r#"{"data": [{"id": 1}]}"#).header("link", "</second>; rel=next")
            }
            "/second" => Reply::status(204).header("link", "</third>; rel=next"),
            _ => Reply::json(r#"{"data": [{"id": 3}]}"#),
        });
        let folder = Folder::new();
        assert_eq!(done(&run(&Links {}, &server, &folder.database()).await).received, 2);
    }

    #[tokio::test]
    async fn empty_pages_that_lead_on_for_ever_are_an_error() {
        let server = Server::start(|request| {
            Reply::json(format!(r#"{{"data": [], "next": "{}"}}"#, request.number))
        });
        let folder = Folder::new();
        let report = run(&keyless::Logs {}, &server, &folder.database()).await;
        assert_says(failed(&report), &["1000 pages in a row", "`stop_after_empty_page`"]);
        assert_eq!(server.count(), 1000);
    }

    #[tokio::test]
    async fn rows_without_a_key_may_be_alike() {
        let server = Server::start(|request| {
            let next = if request.number < 4 { request.number } else { 0 };
            Reply::json(format!(r#"{{"data": [{{"level": "info"}}], "next": {next}}}"#))
        });
        let folder = Folder::new();
        let report = run(&keyless::Logs {}, &server, &folder.database()).await;
        assert_eq!(done(&report).inserted, 4);
    }
}
