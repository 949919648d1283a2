//! Where paginators put their values, and what a total of page numbers counts.

use connector_runtime::prelude::*;
use connector_runtime::report::Status;
use connector_tests::{Folder, Reply, Request, Server, assert_says, done, run, run_in_order};
use serde_json::{Value, json};

/// A resource `/rows` with these options, of a connector with those.
macro_rules! api {
    ($module:ident, ($($connector:tt)*), ($($resource:tt)*)) => {
        mod $module {
            use super::*;

            #[derive(Resource)]
            #[resource(path = "/rows", data_selector = "rows", $($resource)*)]
            pub(super) struct Rows {
                #[column(primary_key)]
                id: i64,
            }

            #[derive(Connector)]
            #[connector(base_url = "https://api.example.com", resources(Rows), $($connector)*)]
            pub(super) struct Api {}
        }
    };
}

/// Rows of these ids, with these members beside them.
fn page(ids: std::ops::Range<u64>, beside: Value) -> Reply {
    let mut body = beside;
    body["rows"] = ids.map(|id| json!({"id": id})).collect();
    Reply::json(body.to_string())
}

fn json_of(request: &Request) -> Value {
    serde_json::from_slice(&request.body).expect("JSON")
}

/// The requests of a run that got ids 0 to 7.
async fn all(api: &impl Connector, server: Server) -> Vec<Request> {
    let folder = Folder::new();
    let database = folder.database();
    done(&run_in_order(api, &server, &database).await);
    let ids: Vec<u64> = database
        .column::<i64>("SELECT id FROM rows ORDER BY id")
        .into_iter()
        .map(|id| u64::try_from(id).expect("not negative"))
        .collect();
    assert_eq!(ids, (0..8).collect::<Vec<_>>());
    server.requests()
}

api!(
    offset_body,
    (),
    (
        method = post,
        json = { "query": "open", "page": { "with_total": true } },
        paginator = offset(
            limit = 3,
            offset_body_path = "page.offset",
            limit_body_path = "page.limit",
            stop_on_short_page,
        ),
    )
);

#[tokio::test]
async fn an_offset_goes_into_the_body() {
    let server = Server::start(|request| {
        let offset = json_of(request)["page"]["offset"].as_u64().expect("a number");
        page(offset..(offset + 3).min(8), json!({}))
    });
    let requests = all(&offset_body::Api {}, server).await;
    let bodies: Vec<_> = requests.iter().map(json_of).collect();
    let expected = [0, 3, 6].map(|offset| {
        json!({"query": "open", "page": {"with_total": true, "offset": offset, "limit": 3}})
    });
    assert_eq!(bodies, expected);
    // keys stand as they were written
    let text = String::from_utf8_lossy(&requests[0].body).into_owned();
    assert_eq!(text, r#"{"query":"open","page":{"with_total":true,"offset":0,"limit":3}}"#);
    assert!(requests.iter().all(|request| request.target == "/rows" && request.method == "POST"));
}

api!(
    defaults_body,
    (resource_defaults(
        paginator = page_number(
            base_page = 1,
            page_body_path = "page",
            page_size = 4,
            page_size_header = "x-per-page",
            total_path = "total",
            total_counts = rows,
        )
    )),
    (method = put)
);

#[tokio::test]
async fn a_page_number_goes_into_a_body_of_its_own_and_the_total_counts_rows() {
    let server = Server::start(|request| {
        let number = json_of(request)["page"].as_u64().expect("a number");
        page((number - 1) * 4..number * 4, json!({"total": 8}))
    });
    let requests = all(&defaults_body::Api {}, server).await;
    let bodies: Vec<_> = requests.iter().map(json_of).collect();
    assert_eq!(bodies, [json!({"page": 1}), json!({"page": 2})]);
    assert!(requests.iter().all(|request| request.header("x-per-page") == Some("4")));
    assert!(requests.iter().all(|request| request.method == "PUT"));
    assert_eq!(requests[0].header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn d11_rows_that_were_promised_and_did_not_come_make_the_resource_partial() {
    let folder = Folder::new();
    let server = Server::start(|request| {
        let number = json_of(request)["page"].as_u64().expect("a number");
        page(if number == 1 { 0..4 } else { 0..0 }, json!({"total": 9}))
    });
    let report = run(&defaults_body::Api {}, &server, &folder.database()).await;
    assert_eq!(report.resources[0].status, Status::Partial);
    assert_says(report.resources[0].warnings.join("\n"), &["9 rows", "page number 2 is empty"]);
}

#[tokio::test]
async fn more_rows_than_the_total_are_partial() {
    let folder = Folder::new();
    let server = Server::start(|request| {
        let rows = if request.number == 1 { 0..8 } else { 0..0 };
        page(rows, json!({"total": 5}))
    });
    let report = run_in_order(&defaults_body::Api {}, &server, &folder.database()).await;
    assert_eq!(report.resources[0].status, Status::Partial);
    let warnings = report.resources[0].warnings.join("\n");
    assert_says(warnings, &["the API gave 8 rows, but says there are 5"]);
}

api!(
    headers,
    (),
    (paginator = offset(
        limit = 4,
        offset_header = "x-offset",
        limit_header = "x-limit",
        stop_on_short_page,
    ))
);

#[tokio::test]
async fn an_offset_goes_into_headers() {
    let server = Server::start(|request| {
        let offset = request.header("x-offset").expect("a header").parse().expect("a number");
        page(offset..(offset + 4).min(8), json!({}))
    });
    let requests = all(&headers::Api {}, server).await;
    let sent: Vec<_> = requests.iter().map(|request| request.header("x-offset")).collect();
    assert_eq!(sent, [Some("0"), Some("4"), Some("8")]);
    assert!(requests.iter().all(|request| {
        request.header("x-limit") == Some("4")
            && request.target == "/rows"
            && request.method == "GET"
    }));
}

api!(
    cursor_body,
    (),
    (
        method = post,
        json = { "size": 4 },
        paginator = cursor(
            cursor_path = "next",
            cursor_body_path = "search.after",
            limit = 4,
            limit_body_path = "search.limit",
        ),
    )
);

#[tokio::test]
async fn a_cursor_in_a_body_keeps_its_type() {
    for (next, text) in [(json!(4), "4"), (json!("4"), "\"4\"")] {
        let server = Server::start(move |request| match json_of(request)["search"].get("after") {
            None => page(0..4, json!({"next": next})),
            Some(_) => page(4..8, json!({"next": null})),
        });
        let requests = all(&cursor_body::Api {}, server).await;
        let bodies: Vec<_> =
            requests.iter().map(|r| String::from_utf8_lossy(&r.body).into_owned()).collect();
        let first = r#"{"size":4,"search":{"limit":4}}"#.to_owned();
        let second = format!(r#"{{"size":4,"search":{{"limit":4,"after":{text}}}}}"#);
        assert_eq!(bodies, [first, second]);
    }
}

api!(
    column_body,
    (),
    (
        method = post,
        paginator = cursor(
            cursor_column = id,
            cursor_body_path = "after",
            limit = 4,
            limit_header = "x-limit"
        ),
    )
);

#[tokio::test]
async fn the_integer_of_a_column_stays_one_in_a_body() {
    let server = Server::start(|request| {
        if request.body.is_empty() {
            return page(0..4, json!({}));
        }
        match json_of(request)["after"].as_u64() {
            Some(3) => page(4..8, json!({})),
            Some(7) => page(0..0, json!({})),
            after => panic!("{after:?}"),
        }
    });
    let requests = all(&column_body::Api {}, server).await;
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| request.header("x-limit") == Some("4")));
}

api!(
    form,
    (),
    (
        method = post,
        form(query = "open & shut"),
        paginator = page_number(
            base_page = 0,
            page_body_path = "page",
            page_size = 4,
            page_size_body_path = "size",
            stop_on_short_page,
        ),
    )
);

#[tokio::test]
async fn a_page_number_goes_into_a_form() {
    let server = Server::start(|request| {
        let number: u64 = request.form("page").expect("a field").parse().expect("a number");
        page(number * 4..((number + 1) * 4).min(8).max(number * 4), json!({}))
    });
    let requests = all(&form::Api {}, server).await;
    let bodies: Vec<_> =
        requests.iter().map(|r| String::from_utf8_lossy(&r.body).into_owned()).collect();
    let expected = [0, 1, 2].map(|page| format!("query=open+%26+shut&page={page}&size=4"));
    assert_eq!(bodies, expected);
}
