//! Pages by cursor and by link: what is asked for, and what comes out.

use std::sync::Arc;

use connector_runtime::http::Response;
use connector_runtime::prelude::*;
use connector_runtime::testing::ScriptedTransport;
use connector_tests::{Folder, Item, Reply, Request, Server, counts, done, items, run};

const KEY: &str = "k3y-that-is-sent-once";

macro_rules! connector {
    ($api:ident, $resource:ident, $($paginator:tt)*) => {
        #[derive(Connector)]
        #[connector(
            base_url = "https://api.example.com",
            auth = api_key(name = "api_key", location = query, value = key),
            headers("x-team" = "core"),
            resources($resource),
        )]
        struct $api {
            key: Secret,
        }

        #[derive(Resource)]
        #[resource(
            name = "resource_name",
            path = "/v1/items",
            params(state = "all"),
            data_selector = "data",
            paginator = $($paginator)*,
        )]
        struct $resource {
            #[column(primary_key)]
            id: i64,
            name: Option<String>,
            value: Option<f64>,
        }
    };
}

connector!(
    ByPath,
    PathItem,
    cursor(cursor_path = "meta.next", cursor_param = "after", limit = 7, limit_param = "n")
);
connector!(
    ByHeader,
    HeaderItem,
    cursor(cursor_header = "x-next", cursor_request_header = "x-after")
);
connector!(
    ByColumn,
    ColumnItem,
    cursor(cursor_column = id, cursor_param = "after", limit = 7, limit_param = "n")
);
connector!(ByLinkHeader, LinkItem, header_link(page_size = 7, page_size_param = "n"));
connector!(ByRelation, RelationItem, header_link(rel = "older"));
connector!(ByUrl, UrlItem, json_link(next_url_path = "links.next"));

/// How the API says what follows.
#[derive(Clone, Copy)]
enum Style {
    Absolute,
    Cursor,
    Header,
    Link(&'static str),
    Relative,
    Rows,
}

/// 7 rows a page, after the id in `after`.
fn answer(request: &Request, all: &[Item], style: Style, origin: &str) -> Reply {
    let after = request.param("after").or(request.header("x-after"));
    let after: i64 = after.map_or(0, |after| after.parse().expect("a cursor"));
    let rest: Vec<_> = all.iter().filter(|item| item.id > after).collect();
    let page = &rest[..rest.len().min(7)];
    let last = (rest.len() > 7).then(|| page[6].id);
    // servers repeat everything, the key too
    let link = last.map(|last| format!("/v1/items?after={last}&state=all&n=7&api_key={KEY}"));
    let mut body = serde_json::json!({ "data": page });
    let mut reply = Reply::status(200);
    match style {
        Style::Absolute => {
            body["links"] =
                serde_json::json!({ "next": link.map(|link| format!("{origin}{link}")) });
        }
        Style::Cursor => body["meta"] = serde_json::json!({ "next": last }),
        Style::Header => {
            reply = reply.header("x-next", last.map_or(String::new(), |last| last.to_string()));
        }
        Style::Link(rel) => {
            reply = reply.header("link", "</v1/items?x=1>; rel=\"first\"; title=\"a, b; c\"");
            if let Some(link) = link {
                reply = reply.header("link", format!("</help>; rel=help, <{link}>; rel=\"{rel}\""));
            }
        }
        Style::Relative => {
            // relative to the request's own URL, with an empty text at the end (d12)
            let link = link.map_or(String::new(), |link| link["/v1/".len()..].to_owned());
            body["links"] = serde_json::json!({ "next": link });
        }
        Style::Rows => {}
    }
    reply.body(body.to_string())
}

async fn load(api: &impl Connector, style: Style) -> Vec<Request> {
    let (folder, all) = (Folder::new(), items(1..51));
    let (database, origin) = (folder.database(), Arc::new(std::sync::OnceLock::<String>::new()));
    let server = Server::start({
        let (all, origin) = (all.clone(), origin.clone());
        move |request| answer(request, &all, style, origin.get().expect("started"))
    });
    origin.set(server.url()).expect("once");
    assert_eq!(done(&run(api, &server, &database).await), counts(50, 50, 0, 0));
    assert_eq!(database.items(), all);
    let requests = server.requests();
    for request in &requests {
        let keys = request.query.iter().filter(|(name, _)| name == "api_key");
        assert_eq!(keys.map(|(_, key)| key.as_str()).collect::<Vec<_>>(), [KEY]);
        assert_eq!(request.header("x-team"), Some("core"));
        assert_eq!(request.path, "/v1/items");
        assert_eq!(request.param("state"), Some("all"));
    }
    requests
}

fn key() -> Secret {
    KEY.into()
}

#[tokio::test]
async fn a_cursor_of_the_body() {
    let requests = load(&ByPath { key: key() }, Style::Cursor).await;
    assert_eq!(requests.len(), 8);
    assert_eq!(requests[0].target, format!("/v1/items?state=all&n=7&api_key={KEY}"));
    assert_eq!(requests[1].target, format!("/v1/items?state=all&n=7&after=7&api_key={KEY}"));
}

#[tokio::test]
async fn a_cursor_from_header_to_header() {
    let requests = load(&ByHeader { key: key() }, Style::Header).await;
    let cursors: Vec<_> = requests.iter().map(|request| request.header("x-after")).collect();
    assert_eq!(cursors[..3], [None, Some("7"), Some("14")]);
    assert_eq!(requests[1].target, format!("/v1/items?state=all&api_key={KEY}"));
}

#[tokio::test]
async fn the_last_row_is_the_cursor() {
    let requests = load(&ByColumn { key: key() }, Style::Rows).await;
    // up to an empty page: nothing else says that there is no more
    assert_eq!(requests.len(), 9);
    assert_eq!(requests[8].param("after"), Some("50"));
}

#[tokio::test]
async fn a_link_header() {
    let requests = load(&ByLinkHeader { key: key() }, Style::Link("next")).await;
    assert_eq!(requests.len(), 8);
    assert_eq!(requests[0].target, format!("/v1/items?state=all&n=7&api_key={KEY}"));
    // the link is sent as it came, but for the key
    assert_eq!(requests[1].target, format!("/v1/items?after=7&state=all&n=7&api_key={KEY}"));
}

#[tokio::test]
async fn a_link_header_of_another_relation() {
    assert_eq!(load(&ByRelation { key: key() }, Style::Link("Older last")).await.len(), 8);
}

#[tokio::test]
async fn d12_an_absolute_and_a_relative_next_url() {
    assert_eq!(load(&ByUrl { key: key() }, Style::Absolute).await.len(), 8);
    assert_eq!(load(&ByUrl { key: key() }, Style::Relative).await.len(), 8);
}

#[tokio::test]
async fn a_link_after_a_redirect_is_relative_to_where_it_led() {
    let folder = Folder::new();
    let server = Server::start(|request| match request.path.as_str() {
        "/v1/items" => Reply::redirect(format!("/v2/new/items?api_key={KEY}")),
        "/v2/new/items" => Reply::json(r#"{"data":[{"id":1}],"links":{"next":"more?x=%2F#top"}}"#),
        _ => Reply::json(r#"{"data":[{"id":2}]}"#),
    });
    assert_eq!(done(&run(&ByUrl { key: key() }, &server, &folder.database()).await).inserted, 2);
    let last = server.requests().pop().expect("a request");
    assert_eq!(last.target, format!("/v2/new/more?x=%2F&api_key={KEY}"));
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = bearer(token),
    trusted_origins("https://files.example.com"),
    resources(File),
)]
struct Files {
    token: Secret,
}

#[derive(Resource)]
#[resource(path = "/files", data_selector = "data", paginator = json_link)]
struct File {
    #[column(primary_key)]
    id: i64,
}

#[tokio::test]
async fn d15_a_trusted_origin_gets_no_credential() {
    let next = "https://files.example.com/p/2";
    let script = Arc::new(
        ScriptedTransport::new()
            .on("/files", Response::new(200, format!(r#"{{"data":[{{"id":1}}],"next":"{next}"}}"#)))
            .on("/p/2", Response::new(200, r#"{"data":[{"id":2}],"next":"./3"}"#.to_owned()))
            .on(
                "/p/3",
                Response::new(
                    200,
                    r#"{"data":[{"id":3}],"next":"https://api.example.com/files?p=4"}"#,
                ),
            )
            .on("/files?p=4", Response::new(200, r#"{"data":[{"id":4}],"next":null}"#)),
    );
    let mut rows = Files { token: "t0ken".into() }.rows::<File>().transport(script.clone());
    for id in 1..=4 {
        assert_eq!(rows.next().await.expect("a row").expect("no error").id, id);
    }
    assert!(rows.next().await.is_none());
    let requests = script.requests();
    let signed = |n: usize| format!("{:?}", requests[n]).contains("authorization");
    assert_eq!([0, 1, 2, 3].map(signed), [true, false, false, true]);
    assert_eq!(requests[2].url().as_str(), "https://files.example.com/p/3");
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", resources(Named))]
struct Names {}

#[derive(Resource)]
#[resource(path = "/names", paginator = cursor(cursor_column = changed, cursor_param = "since"))]
struct Named {
    #[column(primary_key)]
    id: i64,
    changed: Timestamp,
}

#[tokio::test]
async fn a_cursor_of_a_row_goes_back_as_it_came() {
    // finer than our microseconds, in an offset of its own
    let first = r#"[{"id":1,"changed":"2024-01-01T00:00:00Z"},{"id":2,"changed":"2024-01-01T01:00:00.123456789+01:00"}]"#;
    let script = ScriptedTransport::new()
        .on("/names", Response::new(200, first))
        .on("/names?since=2024-01-01T01%3A00%3A00.123456789%2B01%3A00", Response::new(200, "[]"));
    let mut rows = Names {}.rows::<Named>().transport(Arc::new(script));
    let mut ids = Vec::new();
    while let Some(row) = rows.next().await {
        let row = row.expect("a row");
        ids.push((row.id, row.changed.as_microsecond() % 1_000_000));
    }
    assert_eq!(ids, [(1, 0), (2, 123_456)]);
}
