//! `merge` with the strategy `upsert`, which is the default.

use super::super::bench::{Bench, counts};
use super::super::script::{page, pages, pairs};
use super::{api, batch};
use crate::report::RowCounts;

api!(Upsert, Row { #[column(primary_key)] id: i64, text: Option<String> });
api!(
    Pair,
    PairRow {
        #[column(primary_key)]
        team: String,
        #[column(primary_key)]
        day: i64,
        text: String
    }
);

const OLD: &[(i64, &str)] = &[(1, "a"), (2, "b"), (3, "c")];

pub(super) async fn the_first_load(bench: Bench) {
    let load = bench.load(&Upsert {}, pages([OLD])).await;
    load.done(counts!(inserted: 3));
    assert_eq!(bench.rows(&Upsert {}).await, ["1|a", "2|b", "3|c"]);
    let expected = ["1", "2", "3"].map(|key| (key.to_owned(), load.id()));
    assert_eq!(bench.load_ids(&Upsert {}).await, expected);
}

pub(super) async fn a_second_load_writes_nothing_that_is_the_same(bench: Bench) {
    let first = bench.load(&Upsert {}, pages([OLD])).await;
    bench.load(&Upsert {}, pages([OLD])).await.done(counts!(unchanged: 3));
    let expected = ["1", "2", "3"].map(|key| (key.to_owned(), first.id()));
    assert_eq!(bench.load_ids(&Upsert {}).await, expected);
}

pub(super) async fn changed_rows_are_updated(bench: Bench) {
    let first = bench.load(&Upsert {}, pages([OLD])).await.id();
    let load = bench.load(&Upsert {}, pages([&[(1, "a"), (2, "B"), (4, "d")][..]])).await;
    load.done(counts!(inserted: 1, updated: 1, unchanged: 1));
    assert_eq!(bench.rows(&Upsert {}).await, ["1|a", "2|B", "3|c", "4|d"]);
    let expected = [("1", first), ("2", load.id()), ("3", first), ("4", load.id())];
    assert_eq!(bench.load_ids(&Upsert {}).await, expected.map(|(key, id)| (key.to_owned(), id)));
}

pub(super) async fn null_overwrites(bench: Bench) {
    bench.load(&Upsert {}, pages([OLD])).await.done(counts!(inserted: 3));
    let load = bench.load(&Upsert {}, page(r#"[{"id": 1, "text": null}, {"id": 2}]"#)).await;
    load.done(counts!(updated: 2));
    assert_eq!(bench.rows(&Upsert {}).await, ["1|null", "2|null", "3|c"]);
    let load =
        bench.load(&Upsert {}, page(r#"[{"id": 1, "text": null}, {"id": 2, "text": "b"}]"#)).await;
    load.done(counts!(updated: 1, unchanged: 1));
}

pub(super) async fn the_last_row_of_a_key_stays(bench: Bench) {
    let script = pages([&[(1, "a"), (2, "b"), (1, "c"), (1, "d")][..]]);
    bench.load(&Upsert {}, script).await.done(counts!(inserted: 2, unchanged: 2));
    assert_eq!(bench.rows(&Upsert {}).await, ["1|d", "2|b"]);
    // what is there already counts but once
    let script = pages([&[(1, "e"), (1, "f"), (2, "x"), (2, "b")][..]]);
    bench.load(&Upsert {}, script).await.done(counts!(updated: 1, unchanged: 3));
    assert_eq!(bench.rows(&Upsert {}).await, ["1|f", "2|b"]);
}

pub(super) async fn the_last_row_of_a_key_stays_across_batches(bench: Bench) {
    let script = page(batch(1, "a")).page(pairs(&[(1, "b"), (8_192, "a")]));
    bench.load(&Upsert {}, script).await.done(counts!(inserted: 8_192, updated: 1, unchanged: 1));
    let rows = bench.rows(&Upsert {}).await;
    assert_eq!(rows.len(), 8_192);
    assert_eq!(rows.iter().filter(|row| !row.ends_with("|a")).collect::<Vec<_>>(), ["1|b"]);
}

pub(super) async fn keys_of_two_columns(bench: Bench) {
    let rows = r#"[{"team": "a", "day": 1, "text": "x"}, {"team": "a", "day": 2, "text": "y"}, {"team": "b", "day": 1, "text": "z"}]"#;
    bench.load(&Pair {}, page(rows)).await.done(counts!(inserted: 3));
    let rows = r#"[{"team": "a", "day": 2, "text": "Y"}, {"team": "b", "day": 2, "text": "w"}]"#;
    bench.load(&Pair {}, page(rows)).await.done(counts!(inserted: 1, updated: 1));
    assert_eq!(bench.rows(&Pair {}).await, ["a|1|x", "a|2|Y", "b|1|z", "b|2|w"]);
}

#[cfg(feature = "decimal")]
pub(super) async fn a_decimal_key_is_its_value(bench: Bench) {
    api!(
        Price,
        PriceRow {
            #[column(primary_key)]
            price: connector_runtime::Decimal,
            text: String
        }
    );
    let rows = r#"[{"price": 1.0, "text": "a"}, {"price": "2.50", "text": "b"}]"#;
    bench.load(&Price {}, page(rows)).await.done(counts!(inserted: 2));
    let rows = r#"[{"price": "1.00", "text": "a"}, {"price": 2.5, "text": "B"}]"#;
    bench.load(&Price {}, page(rows)).await.done(counts!(updated: 1, unchanged: 1));
    assert_eq!(bench.rows(&Price {}).await, ["1|a", "2.5|B"]);
}

#[cfg(not(feature = "decimal"))]
pub(super) async fn a_decimal_key_is_its_value(_: Bench) {}

pub(super) async fn a_null_in_a_key_is_refused(bench: Bench) {
    for rows in [r#"[{"team": "a", "day": null, "text": "x"}]"#, r#"[{"team": "a", "text": "x"}]"#]
    {
        bench.load(&Pair {}, page(rows)).await.failed(counts!(), &["`day`"]);
        assert_eq!(bench.rows(&Pair {}).await, [""; 0]);
    }
}

pub(super) async fn a_partial_scan_is_kept(bench: Bench) {
    bench.load(&Upsert {}, pages([OLD])).await.done(counts!(inserted: 3));
    let script = pages([&[(1, "a"), (4, "d")][..]]).cut();
    bench.load(&Upsert {}, script).await.partial(counts!(inserted: 1, unchanged: 1));
    assert_eq!(bench.rows(&Upsert {}).await, ["1|a", "2|b", "3|c", "4|d"]);
}

pub(super) async fn a_failed_load_keeps_whole_batches(bench: Bench) {
    let script = page(batch(1, "a")).page(pairs(&[(0, "b")])).fails();
    bench.load(&Upsert {}, script).await.failed(counts!(inserted: 8_193), &["500"]);
    assert_eq!(bench.rows(&Upsert {}).await.len(), 8_193);
    let script = page(batch(1, "a")).page(pairs(&[(0, "b")]));
    bench.load(&Upsert {}, script).await.done(counts!(unchanged: 8_193));
}

pub(super) async fn rows_that_do_not_come_stay(bench: Bench) {
    bench.load(&Upsert {}, pages([OLD])).await.done(counts!(inserted: 3));
    bench.load(&Upsert {}, page("[]")).await.done(counts!());
    bench.load(&Upsert {}, pages([&[(2, "b")][..]])).await.done(counts!(unchanged: 1));
    assert_eq!(bench.rows(&Upsert {}).await, ["1|a", "2|b", "3|c"]);
}
