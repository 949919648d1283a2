//! Defects that other tools have and we avoid, by the numbers of `docs/defects.md`, where no other
//! file has the place for them.

use std::sync::Arc;

use connector_runtime::http::Response;
use connector_runtime::prelude::*;
use connector_runtime::report::{Report, Status};
use connector_runtime::testing::ScriptedTransport;
use connector_runtime::{Error, ErrorKind};
use connector_tests::{Folder, assert_says};

const KEY: &str = "s3cr&t/k y";

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    auth = api_key(name = "key", location = query, value = key),
    retry(max_retries = 0),
    resource_defaults(data_selector = "data", paginator = offset(limit = 2)),
    resources(Default, Single, Numbered, ByCursor, ByUrl, Wide, Big, Teams, Members),
)]
struct Api {
    key: Secret,
    #[config(default = "acme/1")]
    org: String,
}

macro_rules! resource {
    ($name:ident, $($option:tt)*) => {
        #[derive(Debug, Resource)]
        #[resource($($option)*)]
        struct $name {
            #[column(primary_key)]
            id: i64,
        }
    };
}

resource!(Default, path = "/rows");
resource!(
    Single,
    path = "/rows",
    paginator = single_page,
    on_response(status = 418, action = fail)
);
resource!(Numbered, path = "/rows", paginator = page_number(base_page = 1));
resource!(ByCursor, path = "/rows", paginator = cursor(cursor_path = "next"));
resource!(ByUrl, path = "/rows", paginator = json_link);
resource!(Teams, path = "/orgs/{config.org}/teams");
resource!(Members, path = "/orgs/{config.org}/members");

#[derive(Debug, Resource)]
#[resource(path = "/rows", paginator = single_page)]
struct Wide {
    decimal: Decimal,
    json: Json,
}

#[derive(Debug, Resource)]
#[resource(path = "/rows", paginator = single_page)]
struct Big {
    id: i64,
}

fn api() -> Api {
    Api { key: KEY.into(), org: "acme/1".to_owned() }
}

fn script(pages: &[(&str, &str)]) -> ScriptedTransport {
    pages.iter().fold(ScriptedTransport::new(), |script, (target, body)| {
        script.on(*target, Response::new(200, (*body).to_owned()))
    })
}

async fn play(script: ScriptedTransport, resources: &[&str]) -> Report {
    let folder = Folder::new();
    let run = api().sync().resources(resources.to_vec());
    run.destination(folder.database().destination()).transport(Arc::new(script)).run().await
}

/// The rows as text, up to the end or the first error.
async fn read<R: Resource + std::fmt::Debug>(
    pages: &[(&str, &str)],
) -> (Vec<String>, Option<Error>) {
    let mut rows = api().rows::<R>().transport(Arc::new(script(pages)));
    let mut texts = Vec::new();
    loop {
        match rows.next().await {
            Some(Ok(row)) => texts.push(format!("{row:?}")),
            Some(Err(error)) => return (texts, Some(error)),
            None => return (texts, None),
        }
    }
}

fn received(report: &Report) -> (Status, u64) {
    (report.resources[0].status, report.resources[0].rows.received)
}

const ONE: &str = r#"{"data": [{"id": 1}], "total_pages": 2}"#;
const TWO: &str = r#"{"data": [{"id": 2}], "total_pages": 2}"#;
const EMPTY: &str = r#"{"data": []}"#;

#[tokio::test]
async fn d06_pages_that_count_from_one_come_once_each() {
    let pages = [("/rows?page=1", ONE), ("/rows?page=2", TWO), ("/rows?page=3", EMPTY)];
    let report = play(script(&pages), &["numbered"]).await;
    assert_eq!(received(&report), (Status::Done, 2));
}

#[tokio::test]
async fn d07_nothing_is_taken_for_a_next_page_that_was_not_declared() {
    let body = r#"{"data": [{"id": 1}], "next_page": 1, "next": "/rows", "next_id": 9}"#;
    let report = play(script(&[("/rows", body)]), &["single"]).await;
    assert_eq!(received(&report), (Status::Done, 1));
    assert_eq!(report.resources[0].traffic.requests, 1);
}

#[tokio::test]
async fn d12_an_empty_next_link_ends_the_scan() {
    for end in [r#""""#, "null", "false"] {
        let body = format!(r#"{{"data": [{{"id": 1}}], "next": {end}}}"#);
        let report = play(script(&[("/rows", &body)]), &["by_url"]).await;
        assert_eq!(received(&report), (Status::Done, 1), "{end}");
    }
}

#[tokio::test]
async fn d17_a_response_that_is_to_fail_shows_no_secret() {
    let echo = format!("no such key {KEY}, sent as s3cr%26t%2Fk+y");
    let answer = ScriptedTransport::new().on("/rows", Response::new(418, echo));
    let report = play(answer, &["single"]).await;
    let text = format!("{report:?} {}", report.first_error().expect("an error"));
    assert_says(&text, &["418", "no such key"]);
    for form in [KEY, "s3cr%26t%2Fk+y", "s3cr%26t"] {
        assert!(!text.contains(form), "{form} in {text}");
    }
}

#[tokio::test]
async fn d24_an_integer_beyond_64_bits_names_its_row() {
    let body = r#"{"data": [{"id": 1}, {"id": 18446744073709551616}]}"#;
    let (_, error) = read::<Big>(&[("/rows", body)]).await;
    let error = error.expect("an error");
    assert_eq!(error.kind(), ErrorKind::Row);
    assert_says(&error, &["row 2: column `id`", "found a number 18446744073709551616"]);
}

#[tokio::test]
async fn d25_resources_share_a_value_of_the_path() {
    let pages = [
        ("/orgs/acme%2F1/teams?offset=0&limit=2", ONE),
        ("/orgs/acme%2F1/teams?offset=1&limit=2", EMPTY),
        ("/orgs/acme%2F1/members?offset=0&limit=2", TWO),
        ("/orgs/acme%2F1/members?offset=1&limit=2", EMPTY),
    ];
    let report = play(script(&pages), &["teams", "members"]).await;
    assert!(report.is_done(), "{report:?}");
}

#[tokio::test]
async fn d26_the_paginator_of_a_resource_comes_before_the_default() {
    let report = play(script(&[("/rows", ONE)]), &["single"]).await;
    assert_eq!(received(&report), (Status::Done, 1));
    let pages = [("/rows?offset=0&limit=2", ONE), ("/rows?offset=1&limit=2", EMPTY)];
    let report = play(script(&pages), &["default"]).await;
    assert_eq!(received(&report), (Status::Done, 1));
}

#[tokio::test]
async fn airbyte_short_page_in_the_middle_is_not_the_end() {
    let pages = [
        ("/rows?offset=0&limit=2", r#"{"data": [{"id": 1}, {"id": 2}]}"#),
        ("/rows?offset=2&limit=2", r#"{"data": [{"id": 3}]}"#),
        ("/rows?offset=3&limit=2", r#"{"data": [{"id": 4}, {"id": 5}]}"#),
        ("/rows?offset=5&limit=2", EMPTY),
    ];
    let report = play(script(&pages), &["default"]).await;
    assert_eq!(received(&report), (Status::Done, 5));
}

#[tokio::test]
async fn airbyte_html_with_status_200_is_an_error() {
    let login = "<!doctype html><html><h1>Please log in</h1></html>";
    let report = play(script(&[("/rows", login)]), &["single"]).await;
    assert_eq!(received(&report), (Status::Failed, 0));
    let error = report.first_error().expect("an error");
    assert_says(error, &["expected JSON, found an HTML or XML page", "login or error page"]);
}

#[tokio::test]
async fn airbyte_renamed_records_key_is_an_error() {
    let pages = [("/rows", r#"{"items": [{"id": 1}]}"#)];
    let report = play(script(&pages), &["single"]).await;
    assert_eq!(received(&report), (Status::Failed, 0));
    let error = report.first_error().expect("an error");
    assert_says(error, &["nothing is at the data selector `data`", "`data_selector = \"items\"`"]);
}

#[tokio::test]
async fn airbyte_repeated_cursor_ends_after_two_requests() {
    let page = |id: i64| format!(r#"{{"data": [{{"id": {id}}}], "next": "same"}}"#);
    let pages = [("/rows", page(1)), ("/rows?cursor=same", page(2))];
    let pages = pages.each_ref().map(|(target, body)| (*target, body.as_str()));
    let report = play(script(&pages), &["by_cursor"]).await;
    assert_eq!(received(&report), (Status::Failed, 2));
    assert_says(report.first_error().expect("an error"), &["a cursor that it had given before"]);
}

#[tokio::test]
async fn airbyte_numbers_beyond_64_bits_keep_their_digits() {
    let body =
        r#"{"data": [{"decimal": 1234567890123456789012345678, "json": 99999999999999999999.10}]}"#;
    let folder = Folder::new();
    let database = folder.database();
    let run = api().sync().resources(["wide"]).destination(database.destination());
    let report = run.transport(Arc::new(script(&[("/rows", body)]))).run().await;
    assert!(report.is_done(), "{report:?}");
    let texts = database.query("SELECT decimal, json FROM wide", |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    });
    let expected = ("1234567890123456789012345678", "99999999999999999999.10");
    assert_eq!(texts, [(expected.0.to_owned(), expected.1.to_owned())]);
}
