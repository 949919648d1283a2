//! `map` and `filter`: rows that become others, and rows that nobody wants.

use serde_json::{Value, json};

use super::super::bench::{Bench, counts};
use super::super::script::{page, pages};
use super::api;
use crate::report::RowCounts;
use crate::value::LogicalType;
use connector_runtime::Json;

fn is_wanted(row: &MappedRow) -> bool {
    row.text.as_deref() != Some("A")
}

fn capitals(row: MappedRow) -> MappedRow {
    MappedRow { text: row.text.map(|text| text.to_uppercase()), ..row }
}

api!(
    Mapped,
    MappedRow { #[column(primary_key)] id: i64, text: Option<String> },
    map = capitals,
    filter = is_wanted
);

pub(super) async fn map_comes_before_filter(bench: Bench) {
    let script = || pages([&[(1, "a"), (2, "b")][..], &[(3, "c"), (4, "a")]]);
    bench.load(&Mapped {}, script()).await.done(counts!(inserted: 2, filtered: 2));
    assert_eq!(bench.rows(&Mapped {}).await, ["2|B", "3|C"]);
    bench.load(&Mapped {}, script()).await.done(counts!(unchanged: 2, filtered: 2));
}

#[derive(connector_runtime::Record)]
struct User {
    login: String,
    name: Option<String>,
}

#[derive(connector_runtime::Record)]
struct Label {
    name: String,
    votes: Option<Vec<i64>>,
}

api!(
    Shaped,
    ShapedRow {
        #[column(primary_key)]
        id: i64,
        #[column(flatten)]
        user: Option<User>,
        labels: Vec<Label>,
        extra: Option<Json<Value>>
    },
    map = turned
);

fn turned(mut row: ShapedRow) -> ShapedRow {
    row.user = row.user.map(|user| User { name: Some(user.login.to_uppercase()), ..user });
    row.labels.reverse();
    for label in &mut row.labels {
        label.votes.iter_mut().for_each(|votes| votes.push(0));
    }
    row.extra = row.extra.map(|Json(extra)| Json(json!([extra, null])));
    row
}

pub(super) async fn map_of_lists_objects_and_json(bench: Bench) {
    let rows = json!([
        { "id": 1, "user": { "login": "a" }, "extra": { "x": 1 },
          "labels": [{ "name": "b", "votes": [7] }, { "name": "c" }] },
        { "id": 2, "labels": [] },
    ]);
    bench.load(&Shaped {}, page(&rows)).await.done(counts!(inserted: 2));
    let users = [
        ("id", LogicalType::I64),
        ("user__login", LogicalType::Text),
        ("user__name", LogicalType::Text),
    ];
    assert_eq!(bench.select("rows", &users).await, ["1|a|A", "2|null|null"]);
    assert_eq!(bench.child(&Shaped {}, "labels").await, ["1|0|c", "1|1|b"]);
    assert_eq!(bench.child(&Shaped {}, "labels__votes").await, ["1|1|0|7", "1|1|1|0"]);
    let extra = bench.select("rows", &[("extra", LogicalType::Json)]).await;
    let extra: Vec<Option<Value>> =
        extra.iter().map(|text| serde_json::from_str(text).ok()).collect();
    assert_eq!(extra, [Some(json!([{ "x": 1 }, null])), Some(Value::Null)]);
    bench.load(&Shaped {}, page(&rows)).await.done(counts!(unchanged: 2));
}
