//! `paginator = with(path::to::function)`.

use connector_runtime::http::Request;
use connector_runtime::paging::{Next, Page};
use connector_runtime::prelude::*;
use connector_runtime::report::Status;
use connector_runtime::{Error, ErrorKind, Result};
use connector_tests::{Folder, Reply, Server, assert_says, done, failed, run};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Found<'a> {
    #[serde(borrow)]
    next: Option<&'a str>,
    left: Option<u64>,
}

/// Whatever paging the test's server asks for by its own answers.
fn next(last: Option<&Page<'_>>, request: &mut Request) -> Result<Next> {
    let Some(page) = last else {
        request.set_body_value(&["range", "from"], 0);
        request.push_header("x-page", "first");
        return Ok(Next::Page);
    };
    if page.status() == 204 {
        return Ok(Next::Incomplete("nothing was left of it".to_owned()));
    }
    // without what it was signed with
    assert_eq!(page.request().secret_header("authorization"), None);
    let found: Found<'_> = page.json()?;
    match (found.next, found.left, page.header("x-stop")) {
        (_, _, Some(_)) => Ok(Next::End),
        (Some("error"), ..) => Err(Error::new(ErrorKind::Paging, "the API speaks of an error")),
        (Some(url), ..) => Ok(Next::Link(url.to_owned())),
        (None, Some(0), _) => Ok(Next::End),
        (None, ..) => {
            request.set_param("page", &(page.number() + 1).to_string());
            request.set_body_value(&["range", "from"], page.number() * page.rows());
            Ok(Next::Page)
        }
    }
}

fn none(_: Option<&Page<'_>>, _: &mut Request) -> Result<Next> {
    Ok(Next::End)
}

#[derive(Resource)]
#[resource(
    path = "/rows",
    method = post,
    params(page = 1, state = "all"),
    json = { "range": { "size": 2 } },
    data_selector = "rows",
)]
struct Rows {
    #[column(primary_key)]
    id: i64,
}

#[derive(Resource)]
#[resource(path = "/nothing", paginator = with(none))]
struct Nothing {
    #[column(primary_key)]
    id: i64,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = bearer(token),
    trusted_origins("https://files.example.com"),
    resource_defaults(paginator = with(next)),
    resources(Rows),
)]
struct Api {
    token: Secret,
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", resources(Nothing))]
struct Empty {}

fn api() -> Api {
    Api { token: "s3cret-token".into() }
}

fn page(ids: &[u64], beside: Value) -> Reply {
    let mut body = beside;
    body["rows"] = ids.iter().map(|id| json!({"id": id})).collect();
    Reply::json(body.to_string())
}

#[tokio::test]
async fn a_function_edits_the_request_of_each_page() {
    let folder = Folder::new();
    let server = Server::start(|request| match request.number {
        1 => page(&[1, 2], json!({"left": 4})),
        2 => page(&[3, 4], json!({"left": 2})),
        _ => page(&[5], json!({"left": 0})),
    });
    let database = folder.database();
    assert_eq!(done(&run(&api(), &server, &database).await).inserted, 5);
    let sent = server.requests();
    let bodies: Vec<_> =
        sent.iter().map(|r| String::from_utf8_lossy(&r.body).into_owned()).collect();
    let body = |from| format!(r#"{{"range":{{"size":2,"from":{from}}}}}"#);
    assert_eq!(bodies, [body(0), body(2), body(4)]);
    let targets: Vec<_> = sent.iter().map(|request| request.target.as_str()).collect();
    // the parameter that it sets takes the place of the resource's
    assert_eq!(
        targets,
        ["/rows?page=1&state=all", "/rows?state=all&page=2", "/rows?state=all&page=3"]
    );
    // each page begins with the resource's own request
    let headers: Vec<_> = sent.iter().map(|request| request.header("x-page")).collect();
    assert_eq!(headers, [Some("first"), None, None]);
    assert!(sent.iter().all(|r| r.header("authorization") == Some("Bearer s3cret-token")));
}

#[tokio::test]
async fn a_link_is_relative_to_the_page_and_signed() {
    let folder = Folder::new();
    let server = Server::start(|request| match request.path.as_str() {
        "/rows" => page(&[1], json!({"next": "more?cursor=a%20b"})),
        "/more" => page(&[2], json!({})).header("x-stop", "1"),
        path => panic!("{path}"),
    });
    assert_eq!(done(&run(&api(), &server, &folder.database()).await).inserted, 2);
    let sent = server.requests();
    assert_eq!(sent[1].target, "/more?cursor=a%20b");
    assert_eq!(sent[1].header("authorization"), Some("Bearer s3cret-token"));
    assert_eq!(String::from_utf8_lossy(&sent[1].body), r#"{"range":{"size":2}}"#);
}

#[tokio::test]
async fn d15_a_link_to_a_stranger_is_not_followed() {
    for (link, says) in [
        ("https://evil.example.net/rows", "https://evil.example.net"),
        ("http://169.254.169.254/latest", "169.254.169.254"),
        ("#top", "the page that it is on"),
    ] {
        let folder = Folder::new();
        let server = Server::start(move |_| page(&[1], json!({"next": link})));
        let report = run(&api(), &server, &folder.database()).await;
        let error = failed(&report);
        assert_eq!((error.kind(), error.page()), (ErrorKind::Paging, Some(1)));
        assert_says(error, &["next link", says]);
        assert_eq!(server.count(), 1);
    }
}

#[tokio::test]
async fn d08_pages_that_come_again_are_noticed() {
    let folder = Folder::new();
    let server = Server::start(|_| page(&[1, 2], json!({"left": 9})));
    let report = run(&api(), &server, &folder.database()).await;
    assert_says(failed(&report), &["the keys of this page are those of page 1"]);
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn pages_without_rows_do_not_lead_on_for_ever() {
    let folder = Folder::new();
    let server = Server::start(|_| page(&[], json!({"left": 9})));
    let report = run(&api(), &server, &folder.database()).await;
    assert_says(failed(&report), &["1000 pages in a row had no rows"]);
}

#[tokio::test]
async fn what_a_function_says_is_told() {
    let folder = Folder::new();
    let server = Server::start(|_| page(&[1], json!({"next": "error"})));
    let report = run(&api(), &server, &folder.database()).await;
    let request = format!("POST {}/rows?page=1&state=all", server.url());
    assert_says(
        failed(&report),
        &["resource `rows`: page 1: the API speaks of an error", &request],
    );

    let server = Server::start(|request| match request.number {
        1 => page(&[7], json!({"left": 2})),
        _ => Reply::status(204),
    });
    let report = run(&api(), &server, &Folder::new().database()).await;
    assert_eq!(report.resources[0].status, Status::Partial);
    assert_says(report.resources[0].warnings.join("\n"), &["nothing was left of it"]);

    let server = Server::start(|_| Reply::json(r#"{"rows": [], "next": 5}"#));
    let report = run(&api(), &server, &Folder::new().database()).await;
    assert_says(
        failed(&report),
        &["the body is not what the paginator's function reads", "integer"],
    );
}

#[tokio::test]
async fn a_function_may_see_no_page_at_all() {
    let (folder, server) = (Folder::new(), Server::always(Reply::json("[]")));
    assert_eq!(done(&run(&Empty {}, &server, &folder.database()).await).received, 0);
    assert_eq!(server.count(), 0);
}

fn body_of_a_get(_: Option<&Page<'_>>, request: &mut Request) -> Result<Next> {
    request.set_body_value(&["page"], 1);
    Ok(Next::Page)
}

#[derive(Resource)]
#[resource(path = "/rows", paginator = with(body_of_a_get))]
struct Got {
    #[column(primary_key)]
    id: i64,
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", resources(Got))]
struct GetApi {}

#[tokio::test]
async fn a_get_gets_no_body_from_a_function_either() {
    let (folder, server) = (Folder::new(), Server::always(Reply::json("[]")));
    let report = run(&GetApi {}, &server, &folder.database()).await;
    assert_says(failed(&report), &["`get` sends none", "`method = post`"]);
    assert_eq!(server.count(), 0);
}
