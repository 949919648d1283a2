//! `merge` with the strategy `delete_insert`: rows that share a merge key go together.

use serde_json::{Value, json};

use super::super::bench::{Bench, counts};
use super::super::script::page;
use super::api;
use crate::report::RowCounts;

api!(
    Keyed,
    KeyedRow {
        #[column(primary_key)]
        id: i64,
        day: String,
        text: String
    },
    strategy = delete_insert(merge_key = day)
);
api!(
    Keyless,
    KeylessRow { id: i64, day: String, text: String },
    strategy = delete_insert(merge_key = day)
);
api!(
    Pair,
    PairRow { id: i64, day: String, team: String },
    strategy = delete_insert(merge_key = [day, team])
);

fn rows(rows: &[(i64, &str, &str)]) -> Value {
    rows.iter().map(|(id, day, text)| json!({ "id": id, "day": day, "text": text })).collect()
}

fn old() -> Value {
    rows(&[(1, "mon", "a"), (2, "mon", "b"), (3, "mon", "c"), (4, "tue", "d")])
}

pub(super) async fn the_first_load(bench: Bench) {
    bench.load(&Keyed {}, page(old())).await.done(counts!(inserted: 4));
    assert_eq!(bench.rows(&Keyed {}).await, ["1|mon|a", "2|mon|b", "3|mon|c", "4|tue|d"]);
}

pub(super) async fn rows_of_the_same_merge_key_are_replaced(bench: Bench) {
    let first = bench.load(&Keyed {}, page(old())).await.id();
    let new = rows(&[(1, "mon", "a"), (2, "mon", "B"), (5, "mon", "e")]);
    let load = bench.load(&Keyed {}, page(&new)).await;
    load.done(counts!(inserted: 1, updated: 1, unchanged: 1, removed: 1));
    assert_eq!(bench.rows(&Keyed {}).await, ["1|mon|a", "2|mon|B", "4|tue|d", "5|mon|e"]);
    // what stays the same is not written
    let expected = [("1", first), ("2", load.id()), ("4", first), ("5", load.id())];
    assert_eq!(bench.load_ids(&Keyed {}).await, expected.map(|(key, id)| (key.to_owned(), id)));
    bench.load(&Keyed {}, page(&new)).await.done(counts!(unchanged: 3));
}

pub(super) async fn without_a_key_all_of_them_are_written(bench: Bench) {
    bench.load(&Keyless {}, page(old())).await.done(counts!(inserted: 4));
    let new = rows(&[(1, "mon", "a"), (1, "mon", "a"), (5, "wed", "e")]);
    bench.load(&Keyless {}, page(new)).await.done(counts!(inserted: 3, removed: 3));
    assert_eq!(bench.rows(&Keyless {}).await, ["1|mon|a", "1|mon|a", "4|tue|d", "5|wed|e"]);
}

/// Its primary key is there, under the old merge key, of which no row comes.
pub(super) async fn a_row_can_move_to_another_merge_key(bench: Bench) {
    bench.load(&Keyed {}, page(old())).await.done(counts!(inserted: 4));
    let new = rows(&[(1, "tue", "a"), (4, "tue", "d")]);
    bench.load(&Keyed {}, page(new)).await.done(counts!(updated: 1, unchanged: 1));
    assert_eq!(bench.rows(&Keyed {}).await, ["1|tue|a", "2|mon|b", "3|mon|c", "4|tue|d"]);
}

pub(super) async fn a_merge_key_of_two_columns(bench: Bench) {
    let row = |id, day, team| json!({ "id": id, "day": day, "team": team });
    let old = json!([row(1, "mon", "x"), row(2, "mon", "y"), row(3, "tue", "x")]);
    bench.load(&Pair {}, page(old)).await.done(counts!(inserted: 3));
    let new = json!([row(4, "mon", "x"), row(5, "tue", "y")]);
    bench.load(&Pair {}, page(new)).await.done(counts!(inserted: 2, removed: 1));
    assert_eq!(bench.rows(&Pair {}).await, ["2|mon|y", "3|tue|x", "4|mon|x", "5|tue|y"]);
}

pub(super) async fn the_last_row_of_a_key_stays(bench: Bench) {
    let new = rows(&[(1, "mon", "a"), (1, "mon", "b"), (1, "tue", "c")]);
    bench.load(&Keyed {}, page(new)).await.done(counts!(inserted: 1, unchanged: 2));
    assert_eq!(bench.rows(&Keyed {}).await, ["1|tue|c"]);
}

pub(super) async fn a_partial_scan_replaces_nothing(bench: Bench) {
    bench.load(&Keyed {}, page(old())).await.done(counts!(inserted: 4));
    let load = bench.load(&Keyed {}, page(rows(&[(1, "mon", "x")])).cut()).await;
    load.withheld(1);
    assert_eq!(bench.rows(&Keyed {}).await, ["1|mon|a", "2|mon|b", "3|mon|c", "4|tue|d"]);
}

pub(super) async fn an_empty_scan_removes_nothing(bench: Bench) {
    bench.load(&Keyed {}, page(old())).await.done(counts!(inserted: 4));
    bench.load(&Keyed {}, page("[]")).await.done(counts!());
    assert_eq!(bench.rows(&Keyed {}).await.len(), 4);
}
