//! `replace`: the table is what the last complete scan brought.

use super::super::bench::{Bench, counts};
use super::super::script::{page, pages, pairs};
use super::{api, batch};
use crate::report::RowCounts;

api!(
    Replace,
    Row {
        #[column(primary_key)]
        id: i64,
        text: String
    },
    write_disposition = replace
);
api!(Keyless, KeylessRow { id: i64, text: String }, write_disposition = replace);

const OLD: &[(i64, &str)] = &[(1, "a"), (2, "b"), (3, "c")];

/// The table before the load that a case is about; returns the number of the load.
async fn old(bench: &Bench) -> i64 {
    let load = bench.load(&Replace {}, pages([OLD])).await;
    load.done(counts!(inserted: 3));
    load.id()
}

pub(super) async fn the_first_load(bench: Bench) {
    old(&bench).await;
    assert_eq!(bench.rows(&Replace {}).await, ["1|a", "2|b", "3|c"]);
}

pub(super) async fn what_is_the_same_is_not_written(bench: Bench) {
    let first = old(&bench).await;
    let load = bench.load(&Replace {}, pages([&[(1, "a"), (2, "B"), (4, "d")][..]])).await;
    load.done(counts!(inserted: 1, updated: 1, unchanged: 1, removed: 1));
    assert_eq!(bench.rows(&Replace {}).await, ["1|a", "2|B", "4|d"]);
    let second = load.id();
    let expected = [("1", first), ("2", second), ("4", second)];
    let expected = expected.map(|(key, id)| (key.to_owned(), id));
    assert_eq!(bench.load_ids(&Replace {}).await, expected);
    bench
        .load(&Replace {}, pages([&[(1, "a"), (2, "B"), (4, "d")][..]]))
        .await
        .done(counts!(unchanged: 3));
    assert_eq!(bench.load_ids(&Replace {}).await, expected);
}

pub(super) async fn without_a_key_every_row_is_written(bench: Bench) {
    bench.load(&Keyless {}, pages([OLD])).await.done(counts!(inserted: 3));
    let load = bench.load(&Keyless {}, pages([&[(1, "a"), (1, "a")][..]])).await;
    load.done(counts!(inserted: 2, removed: 3));
    assert_eq!(bench.rows(&Keyless {}).await, ["1|a", "1|a"]);
    let expected = [("1".to_owned(), load.id()), ("1".to_owned(), load.id())];
    assert_eq!(bench.load_ids(&Keyless {}).await, expected);
}

pub(super) async fn the_last_row_of_a_key_stays(bench: Bench) {
    let script = pages([&[(1, "a"), (2, "b"), (1, "c"), (1, "d")][..]]);
    bench.load(&Replace {}, script).await.done(counts!(inserted: 2, unchanged: 2));
    assert_eq!(bench.rows(&Replace {}).await, ["1|d", "2|b"]);
}

pub(super) async fn the_last_row_of_a_key_stays_across_batches(bench: Bench) {
    let script = page(batch(1, "a")).page(pairs(&[(1, "b"), (8_192, "c")]));
    bench.load(&Replace {}, script).await.done(counts!(inserted: 8_192, unchanged: 2));
    let rows = bench.rows(&Replace {}).await;
    let changed: Vec<_> = rows.iter().filter(|row| !row.ends_with("|a")).collect();
    assert_eq!(changed, ["1|b", "8192|c"]);
}

pub(super) async fn an_empty_scan_replaces_nothing(bench: Bench) {
    old(&bench).await;
    bench.load(&Replace {}, page("[]")).await.tells(&["allow_empty"]);
    assert_eq!(bench.rows(&Replace {}).await, ["1|a", "2|b", "3|c"]);
}

pub(super) async fn a_partial_scan_replaces_nothing(bench: Bench) {
    old(&bench).await;
    let load = bench.load(&Replace {}, pages([&[(7, "x")][..]]).cut()).await;
    load.withheld(1);
    load.tells(&["the table was not replaced"]);
    assert_eq!(bench.rows(&Replace {}).await, ["1|a", "2|b", "3|c"]);
}

pub(super) async fn a_failed_load_replaces_nothing(bench: Bench) {
    old(&bench).await;
    let script = page(batch(1, "x")).page(pairs(&[(0, "y")])).fails();
    bench.load(&Replace {}, script).await.failed(counts!(discarded: 8_193), &["500"]);
    assert_eq!(bench.rows(&Replace {}).await, ["1|a", "2|b", "3|c"]);
}
