//! `map` and `filter`: what becomes of rows before anybody sees them.

use std::sync::Arc;

use connector_runtime::Error;
use connector_runtime::http::Response;
use connector_runtime::prelude::*;
use connector_runtime::testing::ScriptedTransport;
use connector_tests::assert_says;

#[derive(Choice, Clone, Copy, Debug, PartialEq)]
enum Kind {
    A,
    B,
}

#[derive(Record, Debug, PartialEq)]
struct Label {
    name: String,
    weights: Vec<f64>,
}

#[derive(Record, Debug, PartialEq)]
struct User {
    login: String,
    teams: Option<Vec<String>>,
}

/// A field of every kind.
#[derive(Resource, Debug, PartialEq)]
#[resource(path = "/rows", name = "rows", paginator = offset(limit = 2), map = tidy, filter = is_wanted)]
struct Issue {
    #[column(primary_key)]
    id: u64,
    labels: Vec<Label>,
    #[column(flatten)]
    author: User,
    #[column(flatten)]
    owner: Option<User>,
    kind: Kind,
    #[column(json)]
    tree: Vec<Vec<i64>>,
    extra: Option<Json<serde_json::Value>>,
    at: Timestamp,
    on: Option<Date>,
    price: Decimal,
    blob: Bytes,
    key: Uuid,
    #[column(with(half))]
    half: f32,
    #[column(skip)]
    seen: bool,
}

fn half(value: f32) -> Result<f32, String> {
    Ok(value / 2.0)
}

/// Comes first: the filter sees what it returns.
fn tidy(mut issue: Issue) -> Issue {
    assert!(!issue.seen);
    issue.author.login.make_ascii_lowercase();
    issue.labels.retain(|label| label.name != "drop");
    if let Some(label) = issue.labels.first_mut() {
        label.weights.push(0.5);
    }
    issue.owner = issue.owner.filter(|owner| owner.login != "nobody");
    issue
}

fn is_wanted(issue: &Issue) -> bool {
    issue.author.login != "spam"
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", resources(Issue, Short, Exact))]
struct Api {}

async fn rows<R: Resource>(script: ScriptedTransport) -> Result<Vec<R>, Error> {
    let mut rows = Api {}.rows::<R>().transport(Arc::new(script));
    let mut found = Vec::new();
    while let Some(row) = rows.next().await {
        found.push(row?);
    }
    Ok(found)
}

fn issue(id: u64, author: &str, members: &str) -> String {
    format!(
        r#"{{"id": {id}, "labels": [], "author": {{"login": "{author}"}}, "kind": "A", "tree": [], "at": "2024-01-31T08:15:00Z", "price": 1.50, "blob": "AAEC", "key": "67e55044-10b1-426f-9247-bb680e5fe0c8", "half": 3{members}}}"#
    )
}

fn page(rows: &[String]) -> Response {
    Response::new(200, format!("[{}]", rows.join(",")))
}

#[tokio::test]
async fn map_comes_before_filter() {
    let first = issue(
        1,
        "ANN",
        r#", "labels": [{"name": "drop", "weights": []}, {"name": "a", "weights": [1.5]}, {"name": "b", "weights": []}], "owner": {"login": "o", "teams": ["x", "y"]}, "kind": "B", "tree": [[1], []], "extra": {"k": null}, "on": "2024-01-31""#,
    )
    // a key that comes twice would not fit
    .replacen("\"labels\": [], ", "", 1)
    .replacen("\"kind\": \"A\", \"tree\": [], ", "", 1);
    let script = ScriptedTransport::new()
        .on("/rows?offset=0&limit=2", page(&[first, issue(2, "Spam", "")]))
        // a page of which nothing is left does not end the stream
        .on("/rows?offset=2&limit=2", page(&[issue(3, "SPAM", ""), issue(4, "spam", "")]))
        .on(
            "/rows?offset=4&limit=2",
            page(&[issue(u64::MAX, "Bo", r#", "owner": {"login": "nobody", "teams": []}"#)]),
        )
        .on("/rows?offset=5&limit=2", page(&[]));
    let found = rows::<Issue>(script).await.expect("rows");
    let expected = Issue {
        id: 1,
        labels: vec![
            Label { name: "a".to_owned(), weights: vec![1.5, 0.5] },
            Label { name: "b".to_owned(), weights: vec![] },
        ],
        author: User { login: "ann".to_owned(), teams: None },
        owner: Some(User {
            login: "o".to_owned(),
            teams: Some(vec!["x".to_owned(), "y".to_owned()]),
        }),
        kind: Kind::B,
        tree: vec![vec![1], vec![]],
        extra: Some(Json(serde_json::json!({"k": null}))),
        at: "2024-01-31T08:15:00Z".parse().expect("an instant"),
        on: Some("2024-01-31".parse().expect("a date")),
        price: "1.50".parse().expect("a decimal"),
        blob: Bytes::from_static(&[0, 1, 2]),
        key: "67e55044-10b1-426f-9247-bb680e5fe0c8".parse().expect("a UUID"),
        half: 1.5,
        seen: false,
    };
    assert_eq!(found[0], expected);
    let last = Issue {
        id: u64::MAX,
        labels: vec![],
        author: User { login: "bo".to_owned(), teams: None },
        owner: None,
        kind: Kind::A,
        tree: vec![],
        extra: None,
        on: None,
        ..expected
    };
    assert_eq!(found[1..], [last]);
}

/// What can be read and not be written.
#[derive(serde::Deserialize, Debug)]
struct Refuses {}

impl serde::Serialize for Refuses {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("never written"))
    }
}

#[derive(Resource, Debug)]
#[resource(path = "/short", map = same)]
struct Short {
    odd: Json<Refuses>,
}

fn same(row: Short) -> Short {
    row
}

#[tokio::test]
async fn what_map_returns_must_fit() {
    let script = ScriptedTransport::new().on("/short", Response::new(200, r#"[{"odd": {}}]"#));
    let error = rows::<Short>(script).await.expect_err("it cannot be written");
    let says =
        ["resource `short`", "`map` returned a row that does not fit: `odd`", "never written"];
    assert_says(error, &says);
}

/// What serde writes in another way than it reads.
#[derive(serde::Deserialize, serde::Serialize, Debug)]
struct Lossy {
    #[serde(skip_serializing)]
    _left_out: bool,
}

#[derive(Resource, Debug)]
#[resource(path = "/exact", map = Exact::spoilt)]
struct Exact {
    #[column(primary_key)]
    at: Timestamp,
    #[column(primary_key)]
    price: Decimal,
    #[column(primary_key)]
    time: Time,
    seen: Timestamp,
    ratio: f64,
    part: f32,
    weights: Vec<f64>,
    lossy: Option<Json<Lossy>>,
    how: String,
}

impl Exact {
    fn spoilt(mut self) -> Self {
        let later = Timestamp::from_nanosecond(self.at.as_nanosecond() + 1).expect("an instant");
        match self.how.as_str() {
            "at" => self.at = later,
            "time" => self.time = "08:15:00.000000001".parse().expect("a time"),
            "seen" => self.seen = later,
            "ratio" => self.ratio = f64::NAN,
            "part" => self.part = f32::INFINITY,
            "weights" => self.weights.push(f64::NEG_INFINITY),
            _ => self.price = "1.500".parse().expect("a decimal"),
        }
        self
    }
}

/// A row may have something to do at its end: no field is moved out of it.
impl Drop for Exact {
    fn drop(&mut self) {
        self.how.clear();
    }
}

/// What decoding would refuse is refused here as well, and keys have one spelling.
#[tokio::test]
async fn what_map_returns_is_as_exact_as_what_was_decoded() {
    let load = async |how: &str, lossy: &str| {
        let row = format!(
            r#"[{{"at": "2024-01-31T08:15:00Z", "price": 1.5, "time": "08:15:00", "seen": "2024-01-31T08:15:00Z",
                "ratio": 0.5, "part": 0.5, "weights": [], "lossy": {lossy}, "how": "{how}"}}]"#
        );
        let script = ScriptedTransport::new().on("/exact", Response::new(200, row));
        rows::<Exact>(script).await
    };
    for (how, expected) in [
        (
            "at",
            "`at`: expected an instant in whole microseconds as a key, found 2024-01-31T08:15:00.000000001Z",
        ),
        (
            "time",
            "`time`: expected a time in whole microseconds as a key, found 08:15:00.000000001",
        ),
        ("ratio", "`ratio`: expected a number, found NaN"),
        ("part", "`part`: expected a number, found inf"),
        ("weights", "`weights`: expected a number, found -inf"),
    ] {
        let error = load(how, "null").await.expect_err(how);
        let expected = format!("`map` returned a row that does not fit: {expected}");
        assert_says(error, &[&expected]);
    }
    let error = load("price", r#"{"_left_out": true}"#).await.expect_err("a field is missing");
    assert_says(error, &["`lossy`: expected JSON that serde reads again"]);
    // digits that no key has are cut, as they are of what the API sends
    assert_eq!(load("seen", "null").await.expect("a row").len(), 1);
    let found = load("price", "null").await.expect("a row");
    assert_eq!(found[0].price.to_string(), "1.5");
}
