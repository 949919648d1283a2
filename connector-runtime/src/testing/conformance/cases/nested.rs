//! Lists: the tables of their elements.

use serde_json::{Value, json};

use super::super::bench::{Bench, counts};
use super::super::script::page;
use super::api;
use crate::report::RowCounts;

#[derive(connector_runtime::Record)]
struct Label {
    name: String,
    color: Option<String>,
}

#[derive(connector_runtime::Record)]
struct Part {
    name: String,
    reasons: Vec<Reason>,
}

#[derive(connector_runtime::Record)]
struct Reason {
    text: String,
}

api!(Api, Row { #[column(primary_key)] id: i64, labels: Vec<Label>, tags: Option<Vec<String>> });
api!(Deep, DeepRow { #[column(primary_key)] id: i64, parts: Vec<Part> });
api!(
    Append,
    AppendRow { #[column(primary_key)] id: i64, tags: Vec<String> },
    write_disposition = append
);
api!(
    Replace,
    ReplaceRow { #[column(primary_key)] id: i64, tags: Vec<String> },
    write_disposition = replace
);
api!(
    InsertOnly,
    InsertOnlyRow { #[column(primary_key)] id: i64, tags: Vec<String> },
    strategy = insert_only
);
api!(
    Days,
    DaysRow { #[column(primary_key)] id: i64, day: String, tags: Vec<String> },
    strategy = delete_insert(merge_key = day)
);
api!(
    Marked,
    MarkedRow { #[column(primary_key)] id: i64, #[column(hard_delete)] gone: bool, tags: Vec<String> }
);
api!(
    Versioned,
    VersionedRow { #[column(primary_key)] id: i64, #[column(version)] v: i64, tags: Vec<String> }
);
api!(
    Missing,
    MissingRow { #[column(primary_key)] id: i64, tags: Vec<String> },
    delete_missing = hard
);

fn label(name: &str) -> Value {
    json!({ "name": name, "color": null })
}

fn tags(rows: &[(i64, &[&str])]) -> Value {
    rows.iter().map(|(id, tags)| json!({ "id": id, "tags": tags })).collect()
}

pub(super) async fn the_first_load(bench: Bench) {
    let rows = json!([
        { "id": 1, "labels": [{ "name": "a", "color": "red" }, label("b")], "tags": ["x", "x", ""] },
        { "id": 2, "labels": [], "tags": null },
        { "id": 3, "labels": [label("ü")] },
    ]);
    bench.load(&Api {}, page(&rows)).await.done(counts!(inserted: 3));
    assert_eq!(bench.rows(&Api {}).await, ["1", "2", "3"]);
    assert_eq!(bench.child(&Api {}, "labels").await, ["1|0|a|red", "1|1|b|null", "3|0|ü|null"]);
    assert_eq!(bench.child(&Api {}, "tags").await, ["1|0|x", "1|1|x", "1|2|"]);
    bench.load(&Api {}, page(&rows)).await.done(counts!(unchanged: 3));
}

pub(super) async fn a_row_whose_children_alone_change_is_updated(bench: Bench) {
    let old = json!([
        { "id": 1, "labels": [label("a"), label("b"), label("c")] },
        { "id": 2, "labels": [label("a")] },
        { "id": 3, "labels": [label("a")] },
    ]);
    let first = bench.load(&Api {}, page(old)).await.id();
    let new = json!([
        { "id": 1, "labels": [label("a"), label("B")] },
        { "id": 2, "labels": [label("a")] },
        { "id": 3, "labels": [label("a"), label("b")] },
    ]);
    let load = bench.load(&Api {}, page(&new)).await;
    load.done(counts!(updated: 2, unchanged: 1));
    let expected = ["1|0|a|null", "1|1|B|null", "2|0|a|null", "3|0|a|null", "3|1|b|null"];
    assert_eq!(bench.child(&Api {}, "labels").await, expected);
    let expected = [("1", load.id()), ("2", first), ("3", load.id())];
    assert_eq!(bench.load_ids(&Api {}).await, expected.map(|(key, id)| (key.to_owned(), id)));
    bench.load(&Api {}, page(&new)).await.done(counts!(unchanged: 3));
}

pub(super) async fn the_order_of_children_counts(bench: Bench) {
    let rows = |first, second| json!([{ "id": 1, "labels": [label(first), label(second)] }]);
    bench.load(&Api {}, page(rows("a", "b"))).await.done(counts!(inserted: 1));
    bench.load(&Api {}, page(rows("b", "a"))).await.done(counts!(updated: 1));
    assert_eq!(bench.child(&Api {}, "labels").await, ["1|0|b|null", "1|1|a|null"]);
}

pub(super) async fn emptied_lists(bench: Bench) {
    let old = json!([
        { "id": 1, "labels": [label("a")], "tags": ["x"] },
        { "id": 2, "labels": [label("b")], "tags": ["y"] },
    ]);
    bench.load(&Api {}, page(old)).await.done(counts!(inserted: 2));
    let new = json!([{ "id": 1, "labels": [], "tags": null }, { "id": 2, "labels": [label("b")], "tags": [] }]);
    bench.load(&Api {}, page(&new)).await.done(counts!(updated: 2));
    assert_eq!(bench.child(&Api {}, "labels").await, ["2|0|b|null"]);
    assert_eq!(bench.child(&Api {}, "tags").await, [""; 0]);
    // null and no element are the same
    let new = json!([{ "id": 1, "labels": [], "tags": [] }, { "id": 2, "labels": [label("b")] }]);
    bench.load(&Api {}, page(new)).await.done(counts!(unchanged: 2));
}

pub(super) async fn two_deep(bench: Bench) {
    let part = |name: &str, reasons: &[&str]| {
        let reasons: Vec<_> = reasons.iter().map(|text| json!({ "text": text })).collect();
        json!({ "name": name, "reasons": reasons })
    };
    let rows = json!([
        { "id": 1, "parts": [part("a", &["x", "y"]), part("b", &[]), part("c", &["z"])] },
        { "id": 2, "parts": [part("a", &["x"])] },
        { "id": 3, "parts": [] },
    ]);
    bench.load(&Deep {}, page(&rows)).await.done(counts!(inserted: 3));
    assert_eq!(bench.child(&Deep {}, "parts").await, ["1|0|a", "1|1|b", "1|2|c", "2|0|a"]);
    let reasons = ["1|0|0|x", "1|0|1|y", "1|2|0|z", "2|0|0|x"];
    assert_eq!(bench.child(&Deep {}, "parts__reasons").await, reasons);
    bench.load(&Deep {}, page(&rows)).await.done(counts!(unchanged: 3));

    // a change at the very bottom is one of the row
    let rows = json!([
        { "id": 1, "parts": [part("a", &["x", "Y"]), part("b", &["w"])] },
        { "id": 2, "parts": [part("a", &["x"])] },
        { "id": 3, "parts": [] },
    ]);
    bench.load(&Deep {}, page(rows)).await.done(counts!(updated: 1, unchanged: 2));
    assert_eq!(bench.child(&Deep {}, "parts").await, ["1|0|a", "1|1|b", "2|0|a"]);
    let reasons = ["1|0|0|x", "1|0|1|Y", "1|1|0|w", "2|0|0|x"];
    assert_eq!(bench.child(&Deep {}, "parts__reasons").await, reasons);
}

pub(super) async fn the_last_row_of_a_key_brings_its_children(bench: Bench) {
    let rows = json!([
        { "id": 1, "labels": [label("a"), label("b")] },
        { "id": 1, "labels": [label("c")] },
    ]);
    bench.load(&Api {}, page(rows)).await.done(counts!(inserted: 1, unchanged: 1));
    assert_eq!(bench.child(&Api {}, "labels").await, ["1|0|c|null"]);
}

pub(super) async fn across_batches(bench: Bench) {
    let many: Value = (1..=8_192).map(|id| json!({ "id": id, "labels": [label("a")] })).collect();
    let script = page(&many)
        .page(json!([{ "id": 1, "labels": [] }, { "id": 8_193, "labels": [label("b")] }]));
    bench.load(&Api {}, script).await.done(counts!(inserted: 8_193, updated: 1));
    assert_eq!(bench.child(&Api {}, "labels").await.len(), 8_192);
}

/// A key may come again: the children belong to the rows of one load.
pub(super) async fn append_adds_them_again(bench: Bench) {
    let rows = tags(&[(1, &["x", "y"]), (2, &[])]);
    bench.load(&Append {}, page(&rows)).await.done(counts!(inserted: 2));
    bench.load(&Append {}, page(&rows)).await.done(counts!(inserted: 2));
    assert_eq!(bench.rows(&Append {}).await, ["1", "1", "2", "2"]);
    assert_eq!(bench.child(&Append {}, "tags").await, ["1|0|x", "1|0|x", "1|1|y", "1|1|y"]);
    bench.load(&Append {}, page(&rows).fails()).await.failed(counts!(discarded: 2), &["500"]);
    assert_eq!(bench.child(&Append {}, "tags").await.len(), 4);
}

pub(super) async fn replace_replaces_them(bench: Bench) {
    let old = tags(&[(1, &["x", "y"]), (2, &["z"]), (3, &["w"])]);
    bench.load(&Replace {}, page(old)).await.done(counts!(inserted: 3));
    let new = tags(&[(1, &["x"]), (2, &["z"]), (4, &["v"])]);
    let load = bench.load(&Replace {}, page(new)).await;
    load.done(counts!(inserted: 1, updated: 1, unchanged: 1, removed: 1));
    assert_eq!(bench.child(&Replace {}, "tags").await, ["1|0|x", "2|0|z", "4|0|v"]);
}

pub(super) async fn insert_only_keeps_them(bench: Bench) {
    let old = tags(&[(1, &["x"])]);
    bench.load(&InsertOnly {}, page(old)).await.done(counts!(inserted: 1));
    let new = tags(&[(1, &["y", "z"]), (2, &["a"]), (2, &["b"])]);
    bench.load(&InsertOnly {}, page(new)).await.done(counts!(inserted: 1, unchanged: 2));
    assert_eq!(bench.child(&InsertOnly {}, "tags").await, ["1|0|x", "2|0|a"]);
}

pub(super) async fn delete_insert_replaces_them(bench: Bench) {
    let row = |id: i64, day: &str, tags: &[&str]| json!({ "id": id, "day": day, "tags": tags });
    let old = json!([row(1, "mon", &["a"]), row(2, "mon", &["b"]), row(3, "tue", &["c"])]);
    bench.load(&Days {}, page(old)).await.done(counts!(inserted: 3));
    let new = json!([row(1, "mon", &["A"]), row(4, "mon", &["d"])]);
    let load = bench.load(&Days {}, page(new)).await;
    load.done(counts!(inserted: 1, updated: 1, removed: 1));
    assert_eq!(bench.child(&Days {}, "tags").await, ["1|0|A", "3|0|c", "4|0|d"]);
}

pub(super) async fn a_deleted_row_takes_them_along(bench: Bench) {
    let row = |id: i64, gone: bool, tags: &[&str]| json!({ "id": id, "gone": gone, "tags": tags });
    let old = json!([row(1, false, &["a", "b"]), row(2, false, &["c"])]);
    bench.load(&Marked {}, page(old)).await.done(counts!(inserted: 2));
    let new = json!([row(1, true, &["a", "b"]), row(2, false, &["c"])]);
    bench.load(&Marked {}, page(new)).await.done(counts!(deleted: 1, unchanged: 1));
    assert_eq!(bench.child(&Marked {}, "tags").await, ["2|0|c"]);
}

pub(super) async fn a_missing_row_takes_them_along(bench: Bench) {
    let old = tags(&[(1, &["a", "b"]), (2, &["c"])]);
    bench.load(&Missing {}, page(old)).await.done(counts!(inserted: 2));
    let new = tags(&[(2, &["c"])]);
    bench.load(&Missing {}, page(new)).await.done(counts!(unchanged: 1, removed: 1));
    assert_eq!(bench.child(&Missing {}, "tags").await, ["2|0|c"]);
}

pub(super) async fn an_older_row_leaves_them_alone(bench: Bench) {
    let row = |v: i64, tags: &[&str]| json!([{ "id": 1, "v": v, "tags": tags }]);
    bench.load(&Versioned {}, page(row(2, &["new"]))).await.done(counts!(inserted: 1));
    bench.load(&Versioned {}, page(row(1, &["old", "older"]))).await.done(counts!(unchanged: 1));
    assert_eq!(bench.child(&Versioned {}, "tags").await, ["1|0|new"]);
}

/// The rows that were there had none.
pub(super) async fn a_list_that_is_new_gets_its_table(bench: Bench) {
    api!(
        Plain,
        PlainRow {
            #[column(primary_key)]
            id: i64
        }
    );
    bench.load(&Plain {}, page(r#"[{"id": 1}, {"id": 2}]"#)).await.done(counts!(inserted: 2));
    let rows = json!([{ "id": 1, "labels": [label("a")] }, { "id": 2, "labels": [] }]);
    bench.load(&Api {}, page(rows)).await.done(counts!(updated: 1, unchanged: 1));
    assert_eq!(bench.child(&Api {}, "labels").await, ["1|0|a|null"]);
}
