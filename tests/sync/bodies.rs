//! Where rows are in a body.

use std::sync::Arc;

use connector_runtime::http::Response;
use connector_runtime::prelude::*;
use connector_runtime::testing::ScriptedTransport;
use connector_runtime::{Error, ErrorKind};
use connector_tests::assert_says;

macro_rules! selected {
    ($($name:ident $selector:tt)*) => {
        $(
            #[derive(Resource)]
            #[resource(path = "/rows", data_selector = $selector)]
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
        #[connector(base_url = "https://api.example.com", resources(Whole, $($name),*))]
        struct Api {}
    };
}

selected! {
    Key "data"
    Nested "response.data.items"
    Each "groups[*].rows"
    EachRow "edges[*].node"
    Index "[1].rows"
    Last "pages[2]"
    Quoted "['odd.key']['with space']"
    Deep "a[*].b[0].c[*].d"
}

#[derive(Resource)]
#[resource(path = "/rows")]
struct Whole {
    id: i64,
}

impl From<Whole> for i64 {
    fn from(row: Whole) -> i64 {
        row.id
    }
}

async fn ids<R: Resource + Into<i64>>(body: &str) -> Result<Vec<i64>, Error> {
    let script = ScriptedTransport::new().on("/rows", Response::new(200, body.to_owned()));
    let mut rows = Api {}.rows::<R>().transport(Arc::new(script));
    let mut ids = Vec::new();
    while let Some(row) = rows.next().await {
        ids.push(row?.into());
    }
    Ok(ids)
}

macro_rules! finds {
    ($($name:ident: $row:ident [$($body:literal => $ids:expr,)*])*) => {$(
        #[tokio::test]
        async fn $name() {
            $(
                let expected: &[i64] = &$ids;
                assert_eq!(ids::<$row>($body).await.expect("rows"), expected, "{}", $body);
            )*
        }
    )*};
}

finds! {
    no_selector_takes_the_whole_body: Whole [
        r#"[{"id": 1}, {"id": 2}]"# => [1, 2],
        "[]" => [],
        r#"{"id": 7}"# => [7],
        r#" [ { "other": [1, {"id": 9}], "id" : 1 } ] "# => [1],
    ]
    a_key: Key [
        r#"{"data": [{"id": 1}, {"id": 2}]}"# => [1, 2],
        r#"{"meta": {"data": [{"id": 9}]}, "data": [{"id": 1}], "data2": []}"# => [1],
        r#"{"data": []}"# => [],
        r#"{"data": null}"# => [],
        r#"{"data": {"id": 3}}"# => [3],
    ]
    nested_keys: Nested [
        r#"{"response": {"count": 2, "data": {"items": [{"id": 1}, {"id": 2}]}}}"# => [1, 2],
        r#"{"response": {"data": {"items": null}}}"# => [],
    ]
    every_element: Each [
        r#"{"groups": [{"rows": [{"id": 1}]}, {"rows": []}, {"rows": [{"id": 2}, {"id": 3}]}]}"# => [1, 2, 3],
        r#"{"groups": []}"# => [],
        r#"{"groups": [{"rows": null}, {"rows": [{"id": 1}]}]}"# => [1],
    ]
    an_object_in_every_element: EachRow [
        r#"{"edges": [{"cursor": "a", "node": {"id": 1}}, {"node": {"id": 2}, "cursor": "b"}]}"# => [1, 2],
        r#"{"edges": []}"# => [],
    ]
    an_element_of_a_list: Index [
        r#"[{"page": 1, "pages": 1}, {"rows": [{"id": 1}]}, {"rows": [{"id": 9}]}]"# => [1],
    ]
    a_list_of_lists: Last [
        r#"{"pages": [[{"id": 8}], [{"id": 9}], [{"id": 1}, {"id": 2}]]}"# => [1, 2],
    ]
    quoted_keys: Quoted [
        r#"{"odd": {"key": []}, "odd.key": {"with space": [{"id": 1}]}}"# => [1],
        r#"{"odd.key": {"with space": [{"id": 1}]}}"# => [1],
    ]
    steps_of_every_kind: Deep [
        r#"{"a": [{"b": [{"c": [{"d": [{"id": 1}]}, {"d": {"id": 2}}]}, {"c": 5}]}, {"b": [{"c": []}]}]}"# => [1, 2],
    ]
}

macro_rules! refuses {
    ($($name:ident: $row:ident [$($body:literal => [$($phrase:literal),+],)*])*) => {$(
        #[tokio::test]
        async fn $name() {
            $(
                let error = ids::<$row>($body).await.expect_err($body);
                assert_eq!(error.kind(), ErrorKind::Response, "{error}");
                assert_eq!(error.page(), Some(1));
                assert_says(&error, &["request: GET https://api.example.com/rows", $($phrase),+]);
            )*
        }
    )*};
}

refuses! {
    d10_a_selector_that_leads_nowhere_lists_what_is_there: Key [
        r#"{"items": [{"id": 1}], "count": 1, "next": null}"# => [
            "resource `key`: page 1: nothing is at the data selector `data`",
            "the body has no `data`: its keys are `count`, `items`, `next`",
            "perhaps `data_selector = \"items\"`, which is a list"
        ],
        r#"{"error": "quota exceeded"}"# => ["its keys are `error`"],
        "{}" => ["the object is empty"],
        r#"[{"id": 1}]"# => ["nothing is at the data selector `data`", "the body is a list"],
        "null" => ["nothing is at the data selector `data`", "the body is null"],
    ]
    d10_a_selector_that_stops_half_way_says_where: Nested [
        r#"{"response": {"payload": {"items": []}, "rows": [1]}}"# => [
            "`response` has no `data`: its keys are `payload`, `rows`",
            "perhaps `data_selector = \"rows\"`"
        ],
        r#"{"response": null}"# => ["`response` is null there"],
    ]
    d10_a_selector_that_leads_to_no_rows: Key [
        r#"{"data": "soon"}"# => ["expected a list of rows at the data selector `data`, found a string"],
        r#"{"data": 3}"# => ["found a number"],
        r#"{"data": true}"# => ["found a boolean"],
    ]
    d10_an_object_is_no_list_of_rows: Whole [
        r#"{"results": [{"id": 1}], "page": 1}"# => [
            "has none of its columns",
            "its keys are `page`, `results`",
            "`data_selector = \"results\"`, which is a list"
        ],
        "5" => ["expected a list of rows, found a number"],
    ]
}

#[derive(Resource)]
#[resource(path = "/rows", data_selector = "$")]
struct Body {
    id: i64,
}

#[derive(Connector)]
#[connector(
    base_url = "https://api.example.com",
    resource_defaults(data_selector = "data"),
    resources(Body)
)]
struct Enveloped {}

#[tokio::test]
async fn a_dollar_takes_the_whole_body_whatever_the_default_is() {
    for body in [r#"{"id": 7, "data": [{"id": 1}]}"#, r#"[{"id": 7}]"#] {
        let script = ScriptedTransport::new().on("/rows", Response::new(200, body.to_owned()));
        let mut rows = Enveloped {}.rows::<Body>().transport(Arc::new(script));
        assert_eq!(rows.next().await.expect("a row").expect("no error").id, 7);
        assert!(rows.next().await.is_none());
    }
}
