//! Lists in rows: child rows in the struct, whatever is around them and in them.

use std::sync::Arc;

use connector_runtime::Error;
use connector_runtime::http::Response;
use connector_runtime::prelude::*;
use connector_runtime::testing::ScriptedTransport;
use connector_tests::assert_says;

#[derive(Choice, Clone, Copy, Debug, PartialEq)]
#[choice(rename_all = "snake_case")]
enum State {
    Open,
    Closed,
}

#[derive(Record, Debug, PartialEq)]
struct Reason {
    text: String,
    at: Option<Timestamp>,
}

#[derive(Record, Debug, PartialEq)]
struct Author {
    login: String,
    teams: Vec<String>,
}

#[derive(Record, Debug, PartialEq)]
#[record(rename_all = "camelCase")]
struct Label {
    color_code: i32,
    #[column(default)]
    reasons: Vec<Reason>,
    #[column(flatten)]
    author: Option<Author>,
    state: Option<State>,
    #[column(skip)]
    note: u8,
}

#[derive(Resource, Debug, PartialEq)]
#[resource(path = "/rows", name = "rows")]
struct Issue {
    #[column(primary_key)]
    id: i64,
    labels: Vec<Label>,
    #[column(rename = "Tags")]
    tags: Option<Vec<Option<String>>>,
    #[column(flatten)]
    owner: Author,
    #[column(flatten)]
    reviewer: Option<Author>,
    #[column(default)]
    states: Vec<State>,
    extra: Vec<Json<serde_json::Value>>,
    title: String,
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", resources(Issue))]
struct Api {}

async fn rows(body: &str) -> Result<Vec<Issue>, Error> {
    let script = ScriptedTransport::new().on("/rows", Response::new(200, body.to_owned()));
    let mut rows = Api {}.rows::<Issue>().transport(Arc::new(script));
    let mut found = Vec::new();
    while let Some(row) = rows.next().await {
        found.push(row?);
    }
    Ok(found)
}

fn author(login: &str, teams: &[&str]) -> Author {
    Author { login: login.to_owned(), teams: teams.iter().map(|team| (*team).to_owned()).collect() }
}

fn label(color_code: i32) -> Label {
    Label { color_code, reasons: Vec::new(), author: None, state: None, note: 0 }
}

fn reason(text: &str) -> Reason {
    Reason { text: text.to_owned(), at: None }
}

#[tokio::test]
async fn every_depth() {
    let found = rows(
        r#"[
            {
                "id": 1,
                "labels": [
                    {"colorCode": 1, "reasons": [{"text": "a"}, {"at": "2024-01-31T08:15:00Z", "text": "b"}]},
                    {"colorCode": 2, "unknown": [[1]], "author": {"login": "x", "teams": ["t1", "t2"]}},
                    {"reasons": null, "colorCode": 3, "author": null, "state": "closed"}
                ],
                "Tags": ["p", null, "q"],
                "owner": {"login": "o", "teams": []},
                "reviewer": {"teams": ["r"], "login": "v"},
                "states": ["open", "closed"],
                "extra": [{"a": [1]}, 2.50],
                "title": "first"
            },
            {"title": "second", "extra": [], "owner": {"teams": ["one"], "login": "p"}, "labels": [], "id": 2},
            {"id": 3, "labels": [{"colorCode": 4, "reasons": [{"text": "c"}]}], "Tags": [], "owner": {"login": "o", "teams": []}, "extra": ["z"], "states": null, "title": "third"}
        ]"#,
    )
    .await
    .expect("rows");
    let at = "2024-01-31T08:15:00Z".parse().expect("an instant");
    let json = |text: &str| Json(serde_json::from_str(text).expect("JSON"));
    let expected = [
        Issue {
            id: 1,
            labels: vec![
                Label {
                    reasons: vec![reason("a"), Reason { at: Some(at), ..reason("b") }],
                    ..label(1)
                },
                Label { author: Some(author("x", &["t1", "t2"])), ..label(2) },
                Label { state: Some(State::Closed), ..label(3) },
            ],
            tags: Some(vec![Some("p".to_owned()), None, Some("q".to_owned())]),
            owner: author("o", &[]),
            reviewer: Some(author("v", &["r"])),
            states: vec![State::Open, State::Closed],
            extra: vec![json(r#"{"a": [1]}"#), json("2.50")],
            title: "first".to_owned(),
        },
        Issue {
            id: 2,
            labels: vec![],
            tags: None,
            owner: author("p", &["one"]),
            reviewer: None,
            states: vec![],
            extra: vec![],
            title: "second".to_owned(),
        },
        Issue {
            id: 3,
            labels: vec![Label { reasons: vec![reason("c")], ..label(4) }],
            tags: Some(vec![]),
            owner: author("o", &[]),
            reviewer: None,
            states: vec![],
            extra: vec![json("\"z\"")],
            title: "third".to_owned(),
        },
    ];
    assert_eq!(found, expected);
}

/// One row with these members in the place of good ones.
fn row(members: &str) -> String {
    let mut row: serde_json::Map<_, _> = serde_json::from_str(
        r#"{"id": 1, "labels": [], "owner": {"login": "o", "teams": []}, "extra": [], "title": "t"}"#,
    )
    .expect("an object");
    let members: serde_json::Map<String, _> =
        serde_json::from_str(&format!("{{{members}}}")).expect("members");
    row.extend(members);
    format!("[{}]", serde_json::Value::from(row))
}

#[tokio::test]
async fn what_does_not_fit_is_found() {
    for (members, says) in [
        (r#""labels": 7"#, vec!["row 1: list `labels`: expected a list, found a number 7"]),
        (r#""labels": {"a": 1}"#, vec!["list `labels`: expected a list, found an object"]),
        (r#""labels": null"#, vec!["list `labels`: expected a list, found null", "Option"]),
        (
            r#""labels": [{"colorCode": 1}, {"colorCode": "red"}]"#,
            vec![
                "column `labels[1].color_code`: expected a whole number in the range of `i32`, found a string \"red\"",
            ],
        ),
        (
            r#""labels": [{"colorCode": 1}, {"color": 1}]"#,
            vec![
                "column `labels[1].color_code`: expected a value, the row has no key `labels[1].colorCode` (its keys are `color`)",
            ],
        ),
        (
            r#""labels": [{"colorCode": 1, "reasons": [{"text": "a"}]}, {"colorCode": 1, "reasons": [{"text": "a"}, {"text": "b"}, {"text": 3}]}]"#,
            vec!["column `labels[1].reasons[2].text`: expected a string, found a number 3"],
        ),
        (
            r#""labels": [{"colorCode": 1, "author": {"login": "a", "teams": ["x", 5]}}]"#,
            vec!["column `labels[0].author__teams[1]`: expected a string, found a number 5"],
        ),
        (
            r#""labels": [{"colorCode": 1, "author": {"login": "a"}}]"#,
            vec![
                "list `labels[0].author__teams`: expected a value, the row has no key `labels[0].author.teams` (its keys are `login`)",
            ],
        ),
        (
            r#""labels": [{"colorCode": 1, "author": "me"}]"#,
            vec!["object `labels[0].author`: expected an object, found a string \"me\""],
        ),
        (r#""labels": [null]"#, vec!["element `labels[0]`: expected an object, found null"]),
        (r#""labels": [[]]"#, vec!["element `labels[0]`: expected an object, found a list []"]),
        (
            r#""owner": {"login": "o", "teams": ["a", null]}"#,
            vec![
                "column `owner__teams[1]`: expected a value, found null",
                "the elements of the list are an `Option`",
            ],
        ),
        (r#""Tags": ["a", 1]"#, vec!["column `tags[1]`: expected a string, found a number 1"]),
        (r#""Tags": "a""#, vec!["list `tags`: expected a list, found a string \"a\""]),
        (
            r#""states": ["open", "ajar"]"#,
            vec!["column `states[1]`: expected one of `open`, `closed`, found a string \"ajar\""],
        ),
    ] {
        let error = rows(&row(members)).await.expect_err(members);
        assert_says(error, &says);
    }
}

#[tokio::test]
async fn a_list_that_is_not_there() {
    let error = rows(r#"[{"id": 1, "title": "t"}]"#).await.expect_err("no labels");
    let says = ["list `labels`: expected a value, the row has no key `labels`", "`id`, `title`"];
    assert_says(error, &says);
    let twice = r#"[{"id": 1, "labels": [], "labels": []}]"#;
    let error = rows(twice).await.expect_err("the key comes twice");
    assert_says(error, &["list `labels`: the key comes twice in the row"]);
    let twice = r#"[{"id": 1, "labels": [{"colorCode": 1, "colorCode": 2}]}]"#;
    let error = rows(twice).await.expect_err("the key comes twice");
    assert_says(error, &["column `labels[0].color_code`: the key comes twice"]);
}
