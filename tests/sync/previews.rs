//! `Connector::preview`: the first rows of a resource, without a destination.

use connector_runtime::ErrorKind;
use connector_runtime::prelude::*;
use connector_tests::{Reply, Server, Tracker, TrackerApi, assert_says};

#[derive(Connector)]
#[connector(
    name = "shop",
    base_url = "https://api.example.com",
    retry(max_retries = 0),
    resources(Order, Entry)
)]
struct Shop {}

#[derive(Resource)]
#[resource(name = "orders", path = "/orders", on_bad_row = quarantine, write_disposition = replace)]
struct Order {
    #[column(primary_key)]
    id: i64,
    price: Decimal,
    #[column(flatten)]
    customer: Option<Customer>,
    tags: Vec<String>,
    lines: Vec<Line>,
    raw: Json,
}

#[derive(Record)]
struct Customer {
    name: String,
}

#[derive(Record)]
struct Line {
    article: String,
    at: Option<Timestamp>,
}

/// Rows that are appended, without a key.
#[derive(Resource)]
#[resource(name = "entries", path = "/entries", paginator = offset(limit = 2), write_disposition = append)]
struct Entry {
    id: i64,
}

#[tokio::test]
async fn rows_are_lines_of_json() {
    let server = Server::always(Reply::json(
        r#"[{"id": 1, "price": 1.10, "customer": {"name": "Ada"}, "tags": ["a", "b"],
             "lines": [{"article": "x", "at": "2024-01-31T00:00:00+01:00"}, {"article": "y"}],
             "raw": {"a": [1]}},
            {"id": 2, "price": "12345678901234567890.5", "customer": null, "tags": [], "lines": [],
             "raw": 5}]"#,
    ));
    let rows = Shop {}.preview("orders").base_url(server.url()).run().await.expect("two rows");
    assert_eq!(rows.resource, "orders");
    assert_eq!(rows.columns, ["id", "price", "customer__name", "tags", "lines", "raw"]);
    assert_eq!(
        rows.rows,
        [
            r#"{"id":1,"price":1.10,"customer__name":"Ada","tags":["a","b"],"lines":[{"article":"x","at":"2024-01-30T23:00:00Z"},{"article":"y","at":null}],"raw":{"a": [1]}}"#,
            r#"{"id":2,"price":12345678901234567890.5,"customer__name":null,"tags":[],"lines":[],"raw":5}"#,
        ]
    );
}

#[tokio::test]
async fn no_page_is_asked_for_that_is_not_needed() {
    let server = Server::start(|request| {
        let first = request.number("offset").expect("an offset");
        Reply::json(format!(r#"[{{"id": {first}}}, {{"id": {}}}]"#, first + 1))
    });
    for (limit, pages) in [(1, 1), (2, 1), (3, 2), (10, 5)] {
        let before = server.count();
        let rows = Shop {}.preview("entries").limit(limit).base_url(server.url()).run().await;
        assert_eq!(rows.expect("rows").rows.len() as u64, limit);
        assert_eq!(server.count() - before, pages, "limit {limit}");
    }
}

#[tokio::test]
async fn of_children_as_few_parents_are_read_as_are_needed() {
    let server = TrackerApi::new(200).serve();
    let rows = Tracker {}.preview("notes").limit(4).base_url(server.url()).run().await;
    assert_eq!(rows.expect("rows").rows.len(), 4);
    let requests = server.requests();
    let count = |end: &str| requests.iter().filter(|one| one.path.ends_with(end)).count();
    assert_eq!((count("/projects"), count("/notes")), (1, 4), "{requests:?}");
    assert!(count("/tasks") <= 5, "{requests:?}");
}

#[tokio::test]
async fn fewer_rows_than_are_wanted_are_all() {
    let server = TrackerApi::new(2).serve();
    let rows = Tracker {}.preview("tasks").limit(100).base_url(server.url()).run().await;
    assert_eq!(rows.expect("rows").rows.len(), 6);
}

#[tokio::test]
async fn what_goes_wrong_is_an_error() {
    let server = Server::always(Reply::json(r#"[{"id": 1, "price": "x"}]"#));
    let preview = |name: &str| Shop {}.preview(name).base_url(server.url()).run();
    let error = preview("orders").await.expect_err("a row that does not fit");
    assert_eq!(error.kind(), ErrorKind::Row);
    assert_says(error, &["price"]);
    let error = preview("order").await.expect_err("no resource");
    assert_says(error, &["did you mean `orders`?"]);
    let error = preview("*").await.expect_err("two resources");
    assert_says(error, &["`*` is not one resource"]);
    let error = Shop {}.preview("orders").limit(0).base_url(server.url()).run().await;
    assert_says(error.expect_err("no rows"), &["`--limit` is 0"]);
}
