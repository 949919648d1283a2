//! `merge` with the strategy `insert_only`: the first row of a key stays.

use super::super::bench::{Bench, counts};
use super::super::script::{page, pages, pairs};
use super::{api, batch};
use crate::report::RowCounts;

api!(
    Api,
    Row {
        #[column(primary_key)]
        id: i64,
        text: String
    },
    strategy = insert_only
);

pub(super) async fn the_first_load(bench: Bench) {
    let load = bench.load(&Api {}, pages([&[(1, "a"), (2, "b")][..]])).await;
    load.done(counts!(inserted: 2));
    assert_eq!(bench.rows(&Api {}).await, ["1|a", "2|b"]);
}

pub(super) async fn rows_that_are_there_stay_as_they_are(bench: Bench) {
    let first = bench.load(&Api {}, pages([&[(1, "a"), (2, "b")][..]])).await.id();
    let load = bench.load(&Api {}, pages([&[(1, "A"), (2, "b"), (3, "c")][..]])).await;
    load.done(counts!(inserted: 1, unchanged: 2));
    assert_eq!(bench.rows(&Api {}).await, ["1|a", "2|b", "3|c"]);
    let expected = [("1", first), ("2", first), ("3", load.id())];
    assert_eq!(bench.load_ids(&Api {}).await, expected.map(|(key, id)| (key.to_owned(), id)));
}

pub(super) async fn the_first_row_of_a_key_stays(bench: Bench) {
    let script = pages([&[(1, "a"), (1, "b"), (2, "c"), (1, "a")][..]]);
    bench.load(&Api {}, script).await.done(counts!(inserted: 2, unchanged: 2));
    assert_eq!(bench.rows(&Api {}).await, ["1|a", "2|c"]);
}

pub(super) async fn the_first_row_of_a_key_stays_across_batches(bench: Bench) {
    let script = page(batch(1, "a")).page(pairs(&[(1, "b"), (8_193, "c"), (8_193, "d")]));
    bench.load(&Api {}, script).await.done(counts!(inserted: 8_193, unchanged: 2));
    let rows = bench.rows(&Api {}).await;
    assert_eq!(rows.iter().filter(|row| !row.ends_with("|a")).collect::<Vec<_>>(), ["8193|c"]);
}

pub(super) async fn a_partial_scan_is_kept(bench: Bench) {
    let script = pages([&[(1, "a")][..]]).cut();
    bench.load(&Api {}, script).await.partial(counts!(inserted: 1));
    assert_eq!(bench.rows(&Api {}).await, ["1|a"]);
}
