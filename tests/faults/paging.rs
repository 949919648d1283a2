//! Pages that do not add up.

use std::sync::Arc;

use connector_runtime::http::Response;
use connector_runtime::prelude::*;
use connector_runtime::testing::ScriptedTransport;
use connector_runtime::{Error, ErrorKind};
use connector_tests::{
    Folder, KEY, OffsetApi, Reply, Server, assert_says, done, example, failed, items, page, run,
};

#[tokio::test]
async fn d08_a_server_that_ignores_the_offset_is_noticed_at_once() {
    let (folder, all) = (Folder::new(), items(1..101));
    let (first, database) = (Reply::json(page(&all)), folder.database());
    let server = Server::always(first);
    let report = run(&example(), &server, &database).await;
    let error = failed(&report);
    assert_eq!((error.kind(), error.page()), (ErrorKind::Paging, Some(2)));
    assert_says(
        error,
        &[
            "the keys of this page are those of page 1: the API does not page as declared",
            "check the paginator's parameter names",
            "offset=100&limit=100",
        ],
    );
    assert_eq!(server.count(), 2);
    // the first page is good, and counted once
    assert_eq!(database.items(), all);
    assert_eq!(report.resources[0].rows.inserted, 100);
}

#[tokio::test]
async fn d08_a_server_that_goes_in_circles_is_noticed() {
    let (folder, pages) = (Folder::new(), 7);
    let server = Server::start(move |request| {
        let number = request.number("offset").expect("an offset") / 10 % pages;
        let start = number as i64 * 10;
        Reply::json(page(&items(start..start + 10)))
    });
    let database = folder.database();
    let error = run(&example(), &server, &database).await;
    let error = failed(&error);
    assert_eq!(error.kind(), ErrorKind::Paging);
    assert!(server.count() < 4 * pages + 4, "{} requests", server.count());
    assert_eq!(database.items(), items(0..70));
}

#[tokio::test]
async fn pages_whose_rows_only_look_alike_are_no_circle() {
    // same values, other keys
    let (folder, api) = (Folder::new(), OffsetApi::new(items(1..501)).key(KEY));
    api.change(|rows| {
        rows.iter_mut().for_each(|row| {
            row.name = Some("same".into());
            row.value = None;
        });
    });
    let report = run(&example(), &api.serve(), &folder.database()).await;
    assert_eq!(done(&report).inserted, 500);
}

macro_rules! resource {
    ($name:ident $(, $option:ident = $value:tt)*) => {
        #[derive(Resource)]
        #[resource(path = "/rows", data_selector = "data", paginator = offset(limit = 2 $(, $option = $value)*))]
        struct $name {
            id: i64,
        }

        impl From<$name> for i64 {
            fn from(row: $name) -> i64 {
                row.id
            }
        }
    };
}

resource!(Plain);
resource!(Declared, total_path = "meta.count");
resource!(More, has_more_path = "more");
resource!(Limited, maximum_offset = 4);

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    resources(Plain, Declared, More, Limited, Mapped)
)]
struct Api {}

/// The rows of these pages, up to an error.
async fn read<R: Resource + Into<i64>>(pages: &[(usize, &str)]) -> (Vec<i64>, Option<Error>) {
    let script = pages.iter().fold(ScriptedTransport::new(), |script, (offset, body)| {
        let target = format!("/rows?offset={offset}&limit=2");
        script.on(target, Response::new(200, (*body).to_owned()))
    });
    let mut rows = Api {}.rows::<R>().transport(Arc::new(script));
    let mut ids = Vec::new();
    loop {
        match rows.next().await {
            Some(Ok(row)) => ids.push(row.into()),
            Some(Err(error)) => return (ids, Some(error)),
            None => return (ids, None),
        }
    }
}

const TWO: &str = r#"{"data":[{"id":1},{"id":2}]}"#;
const EMPTY: &str = r#"{"data":[]}"#;

#[tokio::test]
async fn d08_rows_without_a_key_repeat_when_they_are_all_alike() {
    let (ids, error) = read::<Plain>(&[(0, TWO), (2, TWO)]).await;
    assert_eq!(ids, [1, 2]);
    assert_says(error.expect("an error"), &["the rows of this page are those of page 1"]);
}

/// The key of a row is what a function makes of it.
#[derive(Resource)]
#[resource(path = "/rows", data_selector = "data", paginator = offset(limit = 2), map = with_key)]
struct Mapped {
    #[column(primary_key, rename = "key", default)]
    id: i64,
    #[column(rename = "id")]
    number: i64,
}

fn with_key(row: Mapped) -> Mapped {
    Mapped { id: row.number * 10, ..row }
}

impl From<Mapped> for i64 {
    fn from(row: Mapped) -> i64 {
        row.id
    }
}

#[tokio::test]
async fn keys_that_are_made_of_rows_are_none_when_pages_are_compared() {
    let other = r#"{"data":[{"id":3},{"id":4}]}"#;
    let (ids, error) = read::<Mapped>(&[(0, TWO), (2, other), (4, EMPTY)]).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(ids, [10, 20, 30, 40]);
    let (_, error) = read::<Mapped>(&[(0, TWO), (2, TWO)]).await;
    assert_says(error.expect("an error"), &["the rows of this page are those of page 1"]);
}

#[tokio::test]
async fn rows_without_a_key_may_be_alike_where_a_total_ends_the_scan() {
    let page = r#"{"total":4,"data":[{"id":1},{"id":1}]}"#;
    let (ids, error) = read::<Plain>(&[(0, page), (2, page)]).await;
    assert_eq!(ids, [1, 1, 1, 1]);
    assert!(error.is_none(), "{error:?}");
}

#[tokio::test]
async fn d11_a_stream_that_ends_before_the_total_ends_with_an_error() {
    let first = r#"{"total":9,"data":[{"id":1},{"id":2}]}"#;
    let second = r#"{"total":9,"data":[]}"#;
    let (ids, error) = read::<Plain>(&[(0, first), (2, second)]).await;
    assert_eq!(ids, [1, 2]);
    let error = error.expect("an error");
    assert_eq!(error.kind(), ErrorKind::Paging);
    assert_says(error, &["9 rows", "offset 2 is empty"]);
}

#[tokio::test]
async fn a_declared_total_must_be_there() {
    for (body, found) in [
        (TWO, "found nothing"),
        (r#"{"data":[],"meta":{"count":null}}"#, "found null"),
        (r#"{"data":[],"meta":{"count":"many"}}"#, "found the string \"many\""),
        (r#"{"data":[],"meta":{"count":-1}}"#, "found a negative number"),
    ] {
        let (_, error) = read::<Declared>(&[(0, body)]).await;
        let error = error.expect("an error");
        assert_eq!(error.kind(), ErrorKind::Paging);
        let expected = "expected a whole number at `total_path = \"meta.count\"`";
        assert_says(error, &["resource `declared`: page 1: ", expected, found]);
    }
}

#[tokio::test]
async fn a_declared_flag_must_be_there() {
    let (_, error) = read::<More>(&[(0, TWO)]).await;
    let expected = "expected `true` or `false` at `has_more_path = \"more\"`, found nothing";
    assert_says(error.expect("an error"), &[expected]);
}

#[tokio::test]
async fn d08_an_empty_page_that_promises_more_does_not_move() {
    let first = r#"{"more":true,"data":[{"id":1},{"id":2}]}"#;
    let second = r#"{"more":true,"data":[]}"#;
    let (ids, error) = read::<More>(&[(0, first), (2, second)]).await;
    assert_eq!(ids, [1, 2]);
    assert_says(error.expect("an error"), &["offset 2 is empty", "does not move"]);
}

#[tokio::test]
async fn d09_a_maximum_holds() {
    let other = r#"{"data":[{"id":3},{"id":4}]}"#;
    let (ids, error) = read::<Limited>(&[(0, TWO), (2, other)]).await;
    assert_eq!(ids, [1, 2, 3, 4]);
    assert!(error.is_none(), "{error:?}");
}

#[tokio::test]
async fn a_total_that_nobody_declared_may_be_anything() {
    for total in ["null", "\"many\"", "{}", "-1", "[]"] {
        let first = format!("{{\"total\":{total},\"data\":[{{\"id\":1}}]}}");
        let (ids, error) = read::<Plain>(&[(0, &first), (1, EMPTY)]).await;
        assert_eq!(ids, [1]);
        assert!(error.is_none(), "{error:?}");
    }
}

mod nested {
    use super::*;

    #[derive(Connector)]
    #[connector(base_url = "https://api.example.com", resources(Line))]
    pub(super) struct Orders {}

    #[derive(Resource)]
    #[resource(
        path = "/orders",
        data_selector = "orders[*].lines",
        paginator = offset(limit = 10, total_path = "count"),
    )]
    pub(super) struct Line {
        #[column(primary_key)]
        id: i64,
    }
}

/// The API counts orders; rows are their lines, of which an order can have none.
#[tokio::test]
async fn d04_the_position_moves_by_what_the_api_counts() {
    let folder = Folder::new();
    let server = Server::start(|request| {
        let offset = request.number("offset").expect("a position");
        let orders: Vec<String> = (offset..100.min(offset + 10))
            .map(|order| match order % 3 {
                0 => r#"{"lines": []}"#.to_owned(),
                _ => format!(
                    r#"{{"lines": [{{"id": {}}}, {{"id": {}}}]}}"#,
                    order * 2,
                    order * 2 + 1
                ),
            })
            .collect();
        Reply::json(format!(r#"{{"count": 100, "orders": [{}]}}"#, orders.join(",")))
    });
    let report = run(&nested::Orders {}, &server, &folder.database()).await;
    assert_eq!(done(&report).inserted, 66 * 2);
    assert_eq!(server.count(), 10);
}

mod unpaged {
    use super::*;

    #[derive(Connector)]
    #[connector(base_url = "https://api.example.com", resources(Item))]
    pub(super) struct Api {}

    #[derive(Resource)]
    #[resource(path = "/items", data_selector = "data", paginator = offset(limit = 10))]
    pub(super) struct Item {
        #[column(primary_key)]
        id: i64,
    }
}

/// `total` means the page here, though nobody has said that it means anything.
#[tokio::test]
async fn an_undeclared_total_of_the_page_loses_nothing() {
    let folder = Folder::new();
    let server = Server::start(|request| {
        let offset = request.number("offset").expect("a position");
        let rows: Vec<String> =
            (offset..95.min(offset + 10)).map(|id| format!(r#"{{"id": {id}}}"#)).collect();
        Reply::json(format!(r#"{{"total": {}, "data": [{}]}}"#, rows.len(), rows.join(",")))
    });
    let report = run(&unpaged::Api {}, &server, &folder.database()).await;
    assert_eq!(done(&report).inserted, 95);
}
