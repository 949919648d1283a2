//! Where the bounds of a load and the values of a parent are sent, and what has no range to be read.

use connector_runtime::prelude::*;
use connector_tests::{Folder, Reply, Request, Server, assert_says};

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    name = "api",
    max_concurrency = 1,
    resources(
        InHeaders,
        InJson,
        InForm,
        TextInPath,
        TextInParam,
        TextInHeader,
        TextInJson,
        TextInForm,
        Issue,
        OfHeaders,
        OfJson,
        OfForm,
        Plain,
        Appended
    )
)]
struct Api {
    #[config(default = "2024-01-01T00:00:00Z")]
    start: Timestamp,
}

/// A resource with a moment, and with bounds.
macro_rules! bounded {
    ($name:ident $label:literal, ($($option:tt)*) $($bound:tt)*) => {
        #[derive(Resource)]
        #[resource(
            name = $label,
            $($option)*,
            incremental(cursor = at, initial = config.start, $($bound)*),
        )]
        struct $name {
            #[column(primary_key)]
            id: i64,
            at: Timestamp,
        }
    };
}

/// A resource of each issue.
macro_rules! child {
    ($name:ident $label:literal, $($option:tt)*) => {
        #[derive(Resource)]
        #[resource(name = $label, parent(issue: Issue), path = "/children", $($option)*)]
        struct $name {
            #[column(primary_key)]
            id: i64,
        }
    };
}

bounded!(InHeaders "in_headers", (path = "/rows") start_header = "x-since", end_header = "x-until");
bounded!(InJson "in_json", (path = "/rows", method = post, json = {"filter": {"kind": "a"}})
    start_body_path = "filter.since", end_body_path = "filter.until");
bounded!(InForm "in_form", (path = "/rows", method = post, form(kind = "a"))
    start_body_path = "since", end_body_path = "until");
bounded!(TextInPath "text_in_path",
    (path = "/rows/{incremental.start_value}/{incremental.end_value}") format = date);
bounded!(TextInParam "text_in_param",
    (path = "/rows", params(at = "{incremental.start_value}..{incremental.end_value}"))
    format = epoch);
bounded!(TextInHeader "text_in_header",
    (path = "/rows", headers("x-at" = "{incremental.start_value}..{incremental.end_value}"))
    format = epoch_millis);
bounded!(TextInJson "text_in_json",
    (path = "/rows", method = post,
     json = {"q": "at >= {incremental.start_value}", "until": incremental.end_value})
    format = "%d.%m.%Y");
bounded!(TextInForm "text_in_form",
    (path = "/rows", method = post,
     form(q = "at >= {incremental.start_value}", until = incremental.end_value))
    format = rfc3339_millis);

#[derive(Resource)]
#[resource(name = "issues", path = "/issues")]
struct Issue {
    #[column(primary_key)]
    id: i64,
    name: String,
    is_open: bool,
}

child!(OfHeaders "of_headers",
    headers("x-id" = issue.id, "x-name" = "<{issue.name}>", "x-open" = issue.is_open));
child!(OfJson "of_json", method = post,
    json = {"id": issue.id, "name": "<{issue.name}>", "open": issue.is_open});
child!(OfForm "of_form", method = post,
    form(id = issue.id, name = "<{issue.name}>", open = issue.is_open));

#[derive(Resource)]
#[resource(name = "plain", path = "/rows")]
struct Plain {
    #[column(primary_key)]
    id: i64,
}

#[derive(Resource)]
#[resource(
    name = "appended",
    path = "/rows",
    write_disposition = append,
    incremental(cursor = at, start_param = "since"),
)]
struct Appended {
    id: i64,
    at: Timestamp,
}

fn api() -> Api {
    Api { start: "2024-01-01T00:00:00Z".parse().expect("a moment") }
}

/// What a request says: its path, headers of its own, and the body.
fn said(request: &Request) -> String {
    let own = request.headers.iter().filter(|(name, _)| name.starts_with("x-"));
    let own = own.map(|(name, value)| format!(" {name}: {value}")).collect::<String>();
    let body = match request.header("content-type") {
        Some("application/x-www-form-urlencoded") => {
            let fields = url::form_urlencoded::parse(&request.body);
            fields.map(|(name, value)| format!(" {name}={value}")).collect()
        }
        _ if request.body.is_empty() => String::new(),
        _ => format!(" {}", String::from_utf8_lossy(&request.body)),
    };
    format!("{}{own}{body}", request.text(&[]))
}

/// The last request for a resource.
async fn request(resource: &str) -> String {
    let server = Server::start(|request| match request.path.as_str() {
        "/issues" => Reply::json(r#"[{"id": 7, "name": "a b", "is_open": true}]"#),
        _ => Reply::json("[]"),
    });
    let folder = Folder::new();
    let run = api().sync().resources([resource]).base_url(server.url());
    let run = run.now("2024-01-04T12:00:00Z".parse().expect("a moment"));
    let report = run.destination(folder.database().destination()).run().await;
    assert!(report.is_done(), "{resource}: {report:?}");
    said(server.requests().last().expect("a request"))
}

#[tokio::test]
async fn bounds_and_values_of_parents_go_where_they_are_declared() {
    for (resource, expected) in [
        ("in_headers", "/rows x-since: 2024-01-01T00:00:00Z x-until: 2024-01-04T12:00:00Z"),
        (
            "in_json",
            r#"/rows {"filter":{"kind":"a","since":"2024-01-01T00:00:00Z","until":"2024-01-04T12:00:00Z"}}"#,
        ),
        ("in_form", "/rows kind=a since=2024-01-01T00:00:00Z until=2024-01-04T12:00:00Z"),
        ("text_in_path", "/rows/2024-01-01/2024-01-04"),
        ("text_in_param", "/rows?at=1704067200..1704369600"),
        ("text_in_header", "/rows x-at: 1704067200000..1704369600000"),
        ("text_in_json", r#"/rows {"q":"at >= 01.01.2024","until":"04.01.2024"}"#),
        ("text_in_form", "/rows q=at >= 2024-01-01T00:00:00.000Z until=2024-01-04T12:00:00.000Z"),
        ("of_headers", "/children x-id: 7 x-name: <a b> x-open: true"),
        ("of_json", r#"/children {"id":7,"name":"<a b>","open":true}"#),
        ("of_form", "/children id=7 name=<a b> open=true"),
    ] {
        assert_eq!(request(resource).await, expected, "{resource}");
    }
}

#[tokio::test]
async fn a_range_needs_a_cursor_and_a_key() {
    let server = Server::always(Reply::json("[]"));
    for (resource, phrases) in [
        ("plain", ["no resource is incremental", "`--from` and `--to`"]),
        ("appended", ["would be there twice", "primary key"]),
    ] {
        let folder = Folder::new();
        let run = api().sync().resources([resource]).base_url(server.url());
        let run = run.range("2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z");
        let report = run.destination(folder.database().destination()).run().await;
        assert_says(report.error.as_ref().expect("an error"), &phrases);
    }
    assert_eq!(server.count(), 0);
}
