//! What dlt's own tests expect of paginators and clients, one table a topic: the same answers lead
//! to the same rows here. Where we differ on purpose, `docs/design.md` says so.

use std::sync::Arc;

use connector_runtime::http::Response;
use connector_runtime::prelude::*;
use connector_runtime::testing::ScriptedTransport;
use connector_runtime::{Error, ErrorKind};
use connector_tests::assert_says;

macro_rules! resources {
    ($($name:ident $path:literal ($($option:tt)*))*) => {
        $(
            #[derive(Resource)]
            #[resource(path = $path, $($option)*)]
            struct $name {
                id: i64,
            }

            impl From<$name> for i64 {
                fn from(row: $name) -> i64 {
                    row.id
                }
            }
        )*

        #[derive(Connector)]
        #[connector(base_url = "https://api.example.com/v1/", resources($($name),*))]
        struct Api {}
    };
}

resources! {
    HeaderLink "/posts" (paginator = header_link)
    JsonLink "/posts" (data_selector = "data", paginator = json_link(next_url_path = "next_page"))
    Nested "/posts" (data_selector = "data", paginator = json_link(next_url_path = "links.next.href"))
    Escaped "/posts" (data_selector = "data", paginator = json_link(next_url_path = "['@odata.nextLink']"))
    Escaped2 "/posts" (data_selector = "data", paginator = json_link(next_url_path = "[\"@odata.nextLink\"]"))
    Single "/posts" (data_selector = "data", paginator = single_page)
    Undeclared "/posts" (data_selector = "data")
    Offset "/posts" (data_selector = "data", paginator = offset(limit = 2, total_path = "response.total"))
    OffsetMore "/posts" (data_selector = "data", paginator = offset(limit = 2, has_more_path = "has_more"))
    OffsetMaximum "/posts" (data_selector = "data", paginator = offset(limit = 2, maximum_offset = 3))
    OffsetNames "/posts" (data_selector = "data", paginator = offset(limit = 2, offset = 4, offset_param = "skip", limit_param = "take"))
    Page "/posts" (data_selector = "data", paginator = page_number(base_page = 1, total_path = "total_pages"))
    PageZero "/posts" (data_selector = "data", paginator = page_number(base_page = 0, page_param = "p", total_path = "total_pages"))
    PageMore "/posts" (data_selector = "data", paginator = page_number(base_page = 1, has_more_path = "has_more"))
    PageMaximum "/posts" (data_selector = "data", paginator = page_number(base_page = 1, maximum_page = 2))
    Cursor "/posts" (data_selector = "data", paginator = cursor(cursor_path = "next_cursor"))
    CursorEmpty "/posts" (data_selector = "users", paginator = cursor(cursor_path = "next_token", cursor_param = "token", stop_after_empty_page))
    CursorMore "/posts" (data_selector = "data", paginator = cursor(cursor_path = "next_cursor", has_more_path = "has_more"))
    HeaderCursor "/posts" (paginator = cursor(cursor_header = "cursor", cursor_param = "page"))
    ManyResults "/posts" (data_selector = "many-results")
    Stopping "/posts/1/some_details_404" (on_response(status = 404, action = stop_resource), on_response(status = 422, action = fail))
}

fn script(pages: &[(&str, &str)]) -> ScriptedTransport {
    pages.iter().fold(ScriptedTransport::new(), |script, (target, body)| {
        script.on(*target, Response::new(200, (*body).to_owned()))
    })
}

async fn ids<R: Resource + Into<i64>>(script: ScriptedTransport) -> Result<Vec<i64>, Error> {
    let mut rows = Api {}.rows::<R>().transport(Arc::new(script));
    let mut ids = Vec::new();
    while let Some(row) = rows.next().await {
        ids.push(row?.into());
    }
    Ok(ids)
}

macro_rules! reads {
    ($($name:ident {$($row:ident [$(($target:expr, $body:expr)),* $(,)?] => $ids:expr;)*})*) => {$(
        #[tokio::test]
        async fn $name() {
            $(
                let expected: &[i64] = &$ids;
                let pages = [$(($target, $body)),*];
                let found = ids::<$row>(script(&pages)).await;
                assert_eq!(found.expect(stringify!($row)), expected, "{}: {pages:?}", stringify!($row));
            )*
        }
    )*};
}

const ONE: &str = r#"{"data": [{"id": 1}]}"#;
const EMPTY: &str = r#"{"data": []}"#;

reads! {
    p2_p4_links_of_the_body {
        JsonLink [
            ("/v1/posts", r#"{"data": [{"id": 1}], "next_page": "https://api.example.com/v1/posts?page=2"}"#),
            ("/v1/posts?page=2", r#"{"data": [{"id": 2}]}"#),
        ] => [1, 2];
        Nested [
            ("/v1/posts", r#"{"data": [{"id": 1}], "links": {"next": {"href": "?page=2"}}}"#),
            ("/v1/posts?page=2", r#"{"data": [{"id": 2}], "links": {}}"#),
        ] => [1, 2];
        Escaped [
            ("/v1/posts", r#"{"data": [{"id": 1}], "@odata.nextLink": "?$skiptoken=a%20b"}"#),
            ("/v1/posts?$skiptoken=a%20b", ONE.replace('1', "2").leak()),
        ] => [1, 2];
        Escaped2 [("/v1/posts", ONE)] => [1];
        Single [("/v1/posts", r#"{"data": [{"id": 1}], "next": "/v1/posts?page=2"}"#)] => [1];
        Undeclared [("/v1/posts", r#"{"data": [{"id": 1}], "next": "/v1/posts?page=2"}"#)] => [1];
    }
    p6_p7_p8_offsets {
        Offset [
            ("/v1/posts?offset=0&limit=2", r#"{"data": [{"id": 1}, {"id": 2}], "response": {"total": "3"}}"#),
            ("/v1/posts?offset=2&limit=2", r#"{"data": [{"id": 3}], "response": {"total": 3}}"#),
        ] => [1, 2, 3];
        OffsetMore [
            ("/v1/posts?offset=0&limit=2", r#"{"data": [{"id": 1}, {"id": 2}], "has_more": "true"}"#),
            ("/v1/posts?offset=2&limit=2", r#"{"data": [{"id": 3}, {"id": 4}], "has_more": false}"#),
        ] => [1, 2, 3, 4];
        OffsetMaximum [
            ("/v1/posts?offset=0&limit=2", r#"{"data": [{"id": 1}, {"id": 2}]}"#),
            ("/v1/posts?offset=2&limit=2", r#"{"data": [{"id": 3}, {"id": 4}]}"#),
        ] => [1, 2, 3, 4];
        OffsetNames [
            ("/v1/posts?skip=4&take=2", r#"{"data": [{"id": 5}, {"id": 6}]}"#),
            ("/v1/posts?skip=6&take=2", EMPTY),
        ] => [5, 6];
    }
    p10_page_numbers {
        Page [
            ("/v1/posts?page=1", r#"{"data": [{"id": 1}], "total_pages": 2}"#),
            ("/v1/posts?page=2", r#"{"data": [{"id": 2}], "total_pages": "2"}"#),
        ] => [1, 2];
        PageZero [
            ("/v1/posts?p=0", r#"{"data": [{"id": 1}], "total_pages": 2}"#),
            ("/v1/posts?p=1", r#"{"data": [{"id": 2}], "total_pages": 2}"#),
        ] => [1, 2];
        PageMore [
            ("/v1/posts?page=1", r#"{"data": [{"id": 1}], "has_more": true}"#),
            ("/v1/posts?page=2", r#"{"data": [{"id": 2}], "has_more": "False"}"#),
        ] => [1, 2];
        PageMaximum [
            ("/v1/posts?page=1", ONE),
            ("/v1/posts?page=2", r#"{"data": [{"id": 2}]}"#),
        ] => [1, 2];
    }
    p11_c3_cursors {
        Cursor [
            ("/v1/posts", r#"{"data": [{"id": 1}], "next_cursor": 1}"#),
            ("/v1/posts?cursor=1", r#"{"data": [{"id": 2}], "next_cursor": "a/b"}"#),
            ("/v1/posts?cursor=a%2Fb", r#"{"data": [{"id": 3}], "next_cursor": ""}"#),
        ] => [1, 2, 3];
        // rows and cursor are null on the last page
        CursorEmpty [
            ("/v1/posts", r#"{"users": [{"id": 1}], "next_token": "x"}"#),
            ("/v1/posts?token=x", r#"{"users": null, "next_token": null}"#),
        ] => [1];
        CursorEmpty [
            ("/v1/posts", r#"{"users": [{"id": 1}], "next_token": "x"}"#),
            ("/v1/posts?token=x", r#"{"users": [], "next_token": "y"}"#),
        ] => [1];
        CursorMore [
            ("/v1/posts", r#"{"data": [{"id": 1}], "next_cursor": "x", "has_more": "true"}"#),
            ("/v1/posts?cursor=x", r#"{"data": [{"id": 2}], "next_cursor": "y", "has_more": "false"}"#),
        ] => [1, 2];
    }
    c1_where_rows_are {
        Undeclared [("/v1/posts", r#"{"data": {"id": 1}}"#)] => [1];
        ManyResults [("/v1/posts", r#"{"many-results": [{"id": 1}, {"id": 2}]}"#)] => [1, 2];
    }
}

#[tokio::test]
async fn p1_p12_links_and_cursors_of_the_headers() {
    let row = |id: i64| Response::new(200, format!("[{{\"id\": {id}}}]"));
    let pages = (1..=5).fold(ScriptedTransport::new(), |script, page| {
        let target =
            if page == 1 { "/v1/posts".to_owned() } else { format!("/v1/posts?page={page}") };
        let link = format!("<https://api.example.com/v1/posts?page={}>; rel=\"next\"", page + 1);
        script.on(target, if page < 5 { row(page).with_header("link", &link) } else { row(page) })
    });
    assert_eq!(ids::<HeaderLink>(pages).await.expect("rows"), [1, 2, 3, 4, 5]);
    let pages = ScriptedTransport::new()
        .on("/v1/posts", row(1).with_header("cursor", "2"))
        .on("/v1/posts?page=2", row(2));
    assert_eq!(ids::<HeaderCursor>(pages).await.expect("rows"), [1, 2]);
}

#[tokio::test]
async fn p3_a_link_is_followed_as_it_came() {
    for (link, target) in [
        ("https://api.example.com/v1/posts?page=2", "/v1/posts?page=2"),
        ("https://api.example.com:443/v1/posts?page=2", "/v1/posts?page=2"),
        ("/v1/posts?page=2", "/v1/posts?page=2"),
        ("/other/nested/path?page=2", "/other/nested/path?page=2"),
        ("posts/page/2", "/v1/posts/page/2"),
        ("/v1/posts/2", "/v1/posts/2"),
        (
            "?page=2&filter=a,b&sort[]=x&sort[]=y&q=",
            "/v1/posts?page=2&filter=a,b&sort[]=x&sort[]=y&q=",
        ),
        ("?page=2&q=caf%C3%A9%20au%2Flait", "/v1/posts?page=2&q=caf%C3%A9%20au%2Flait"),
        ("?offset=5", "/v1/posts?offset=5"),
    ] {
        let first = format!(r#"{{"data": [{{"id": 1}}], "next_page": "{link}"}}"#);
        let second = r#"{"data": [{"id": 2}], "next_page": null}"#;
        let pages = script(&[("/v1/posts", first.as_str()), (target, second)]);
        assert_eq!(ids::<JsonLink>(pages).await.expect(link), [1, 2], "{link}");
    }
}

#[tokio::test]
async fn p6_p7_p10_p11_what_is_declared_must_be_there() {
    macro_rules! refuses {
        ($($row:ident $target:literal $body:literal $expected:literal;)*) => {$(
            let error = ids::<$row>(script(&[($target, $body)])).await.expect_err($body);
            assert_eq!(error.kind(), ErrorKind::Paging, "{error}");
            assert_says(error, &[$expected]);
        )*};
    }
    refuses! {
        Offset "/v1/posts?offset=0&limit=2" r#"{"data": [{"id": 1}, {"id": 2}]}"# "`total_path = \"response.total\"`, found nothing";
        Offset "/v1/posts?offset=0&limit=2" r#"{"data": [{"id": 1}, {"id": 2}], "response": {"total": "x"}}"# "found the string \"x\"";
        OffsetMore "/v1/posts?offset=0&limit=2" r#"{"data": [{"id": 1}, {"id": 2}]}"# "`has_more_path = \"has_more\"`, found nothing";
        OffsetMore "/v1/posts?offset=0&limit=2" r#"{"data": [{"id": 1}, {"id": 2}], "has_more": "x"}"# "found the string \"x\"";
        Page "/v1/posts?page=1" r#"{"data": [{"id": 1}]}"# "`total_path = \"total_pages\"`, found nothing";
        PageMore "/v1/posts?page=1" r#"{"data": [{"id": 1}], "has_more": 7}"# "found the number 7";
        CursorMore "/v1/posts" r#"{"data": [{"id": 1}], "next_cursor": "x"}"# "`has_more_path = \"has_more\"`, found nothing";
        CursorMore "/v1/posts" r#"{"data": [{"id": 1}], "next_cursor": null, "has_more": true}"# "there is more, but gives no cursor";
    }
}

#[tokio::test]
async fn c4_a_404_may_be_the_end() {
    let answer = |status, body: &'static str| {
        ScriptedTransport::new().on("/v1/posts/1/some_details_404", Response::new(status, body))
    };
    for (status, body) in [(404, "gone"), (204, "")] {
        assert_eq!(ids::<Stopping>(answer(status, body)).await.expect("no rows"), [0; 0]);
    }
    let error = ids::<Stopping>(answer(422, "gone")).await.expect_err("an error");
    assert_says(error, &["the API answered 422"]);
}
