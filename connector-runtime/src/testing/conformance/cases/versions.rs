//! `version` and `dedup_sort`: which of two rows of one key stays.

use serde_json::{Value, json};

use super::super::bench::{Bench, counts};
use super::super::script::page;
use super::api;
use crate::report::RowCounts;

api!(Versioned, VersionedRow {
    #[column(primary_key)]
    id: i64,
    #[column(version)]
    v: Option<i64>,
    text: String,
});
api!(
    Deletable,
    DeletableRow {
        #[column(primary_key)]
        id: i64,
        #[column(version)]
        v: i64,
        text: String,
        #[column(hard_delete)]
        gone: bool,
    }
);
api!(Largest, LargestRow {
    #[column(primary_key)]
    id: i64,
    #[column(dedup_sort = desc)]
    v: Option<i64>,
    text: String,
});
api!(
    Smallest,
    SmallestRow {
        #[column(primary_key)]
        id: i64,
        #[column(dedup_sort = asc)]
        v: i64,
        text: String,
    }
);

fn rows(rows: &[(i64, Option<i64>, &str)]) -> Value {
    rows.iter().map(|(id, v, text)| json!({ "id": id, "v": v, "text": text })).collect()
}

fn row(id: i64, v: i64, text: &str, gone: bool) -> Value {
    json!({ "id": id, "v": v, "text": text, "gone": gone })
}

pub(super) async fn out_of_order_in_a_batch(bench: Bench) {
    let new = rows(&[(1, Some(2), "new"), (1, Some(1), "old"), (1, None, "oldest")]);
    bench.load(&Versioned {}, page(new)).await.done(counts!(inserted: 1, unchanged: 2));
    assert_eq!(bench.rows(&Versioned {}).await, ["1|2|new"]);
}

pub(super) async fn out_of_order_across_batches(bench: Bench) {
    let first: Vec<_> = (1..=8_192).map(|id| (id, Some(5), "a")).collect();
    let script = page(rows(&first)).page(rows(&[(1, Some(4), "old"), (2, Some(6), "new")]));
    bench
        .load(&Versioned {}, script)
        .await
        .done(counts!(inserted: 8_192, updated: 1, unchanged: 1));
    let rows = bench.rows(&Versioned {}).await;
    assert!(rows.contains(&"1|5|a".to_owned()) && rows.contains(&"2|6|new".to_owned()));
}

pub(super) async fn out_of_order_across_loads(bench: Bench) {
    let old = rows(&[(1, Some(5), "a"), (2, Some(5), "b"), (3, None, "c"), (4, Some(5), "d")]);
    bench.load(&Versioned {}, page(old)).await.done(counts!(inserted: 4));
    // smaller, none, something after nothing, and the same, which is not smaller
    let new = rows(&[(1, Some(4), "x"), (2, None, "x"), (3, Some(-9), "C"), (4, Some(5), "D")]);
    bench.load(&Versioned {}, page(new)).await.done(counts!(updated: 2, unchanged: 2));
    assert_eq!(bench.rows(&Versioned {}).await, ["1|5|a", "2|5|b", "3|-9|C", "4|5|D"]);
    let nulls = rows(&[(3, None, "x")]);
    bench.load(&Versioned {}, page(nulls)).await.done(counts!(unchanged: 1));
    let nulls = rows(&[(5, None, "e")]);
    bench.load(&Versioned {}, page(nulls)).await.done(counts!(inserted: 1));
    let nulls = rows(&[(5, None, "E")]);
    bench.load(&Versioned {}, page(nulls)).await.done(counts!(updated: 1));
}

pub(super) async fn an_older_row_deletes_nothing(bench: Bench) {
    let old = json!([row(1, 5, "a", false), row(2, 5, "b", false)]);
    bench.load(&Deletable {}, page(old)).await.done(counts!(inserted: 2));
    let new = json!([row(1, 4, "a", true), row(2, 6, "b", true)]);
    bench.load(&Deletable {}, page(new)).await.done(counts!(deleted: 1, unchanged: 1));
    assert_eq!(bench.rows(&Deletable {}).await, ["1|5|a|false"]);
}

/// The deletion comes first and the older row after it, a batch later.
pub(super) async fn what_was_deleted_stays_deleted_in_the_load(bench: Bench) {
    bench
        .load(&Deletable {}, page(json!([row(1, 1, "a", false)])))
        .await
        .done(counts!(inserted: 1));
    let mut first = vec![row(1, 3, "a", true)];
    first.extend((2..=8_192).map(|id| row(id, 1, "a", false)));
    let script = page(Value::from(first)).page(json!([row(1, 2, "older", false)]));
    let load = bench.load(&Deletable {}, script).await;
    load.done(counts!(inserted: 8_191, deleted: 1, unchanged: 1));
    let rows = bench.rows(&Deletable {}).await;
    assert!(!rows.iter().any(|row| row.starts_with("1|")), "{:?}", rows.first());
    // and a newer one comes back
    let new = json!([row(1, 4, "newer", false)]);
    bench.load(&Deletable {}, page(new)).await.done(counts!(inserted: 1));
}

pub(super) async fn the_largest_of_a_load_stays(bench: Bench) {
    let new = rows(&[(1, Some(1), "a"), (1, Some(3), "c"), (1, Some(2), "b"), (1, None, "z")]);
    bench.load(&Largest {}, page(new)).await.done(counts!(inserted: 1, unchanged: 3));
    assert_eq!(bench.rows(&Largest {}).await, ["1|3|c"]);
    // what is there already has no part in it
    let new = rows(&[(1, Some(1), "a")]);
    bench.load(&Largest {}, page(new)).await.done(counts!(updated: 1));
    assert_eq!(bench.rows(&Largest {}).await, ["1|1|a"]);
}

pub(super) async fn the_largest_of_a_load_stays_across_batches(bench: Bench) {
    let first: Vec<_> = (1..=8_192).map(|id| (id, Some(5), "a")).collect();
    let script = page(rows(&first)).page(rows(&[(1, Some(4), "old"), (2, Some(6), "new")]));
    bench.load(&Largest {}, script).await.done(counts!(inserted: 8_192, unchanged: 2));
    let rows = bench.rows(&Largest {}).await;
    assert!(rows.contains(&"1|5|a".to_owned()) && rows.contains(&"2|6|new".to_owned()));
}

pub(super) async fn the_smallest_of_a_load_stays(bench: Bench) {
    let new = rows(&[(1, Some(2), "b"), (1, Some(1), "a"), (1, Some(3), "c")]);
    bench.load(&Smallest {}, page(new)).await.done(counts!(inserted: 1, unchanged: 2));
    assert_eq!(bench.rows(&Smallest {}).await, ["1|1|a"]);
}
