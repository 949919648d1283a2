//! `append`: what comes is added.

use super::super::bench::{Bench, counts};
use super::super::script::{page, pages, pairs};
use super::{api, batch};
use crate::report::RowCounts;

api!(Append, Row { id: i64, text: String }, write_disposition = append);
api!(
    Keyed,
    KeyedRow {
        #[column(primary_key)]
        id: i64,
        text: String
    },
    write_disposition = append
);

pub(super) async fn the_first_load(bench: Bench) {
    let load = bench.load(&Append {}, pages([&[(1, "a"), (2, "b")][..], &[(3, "c")]])).await;
    load.done(counts!(inserted: 3));
    assert_eq!(bench.rows(&Append {}).await, ["1|a", "2|b", "3|c"]);
    let id = load.id();
    let expected = ["1", "2", "3"].map(|key| (key.to_owned(), id));
    assert_eq!(bench.load_ids(&Append {}).await, expected);
}

pub(super) async fn a_second_load_adds_every_row_again(bench: Bench) {
    let script = || pages([&[(1, "a"), (2, "b")][..]]);
    let first = bench.load(&Append {}, script()).await;
    let second = bench.load(&Append {}, script()).await;
    second.done(counts!(inserted: 2));
    assert!(second.id() > first.id(), "{} after {}", second.id(), first.id());
    assert_eq!(bench.rows(&Append {}).await, ["1|a", "1|a", "2|b", "2|b"]);
    let ids = bench.load_ids(&Append {}).await;
    let of = |load: i64| ids.iter().filter(|(_, id)| *id == load).count();
    assert_eq!((of(first.id()), of(second.id())), (2, 2));
}

pub(super) async fn rows_that_are_alike_all_stay(bench: Bench) {
    let script = page(batch(1, "a")).page(pairs(&[(1, "a"), (1, "a"), (1, "b")]));
    bench.load(&Keyed {}, script).await.done(counts!(inserted: 8_195));
    let rows = bench.rows(&Keyed {}).await;
    let ones: Vec<_> = rows.iter().filter(|row| row.starts_with("1|")).collect();
    assert_eq!(ones, ["1|a", "1|a", "1|a", "1|b"]);
    assert_eq!(rows.len(), 8_195);
}

pub(super) async fn a_partial_scan_is_kept(bench: Bench) {
    let script = pages([&[(1, "a"), (2, "b")][..]]).cut();
    bench.load(&Append {}, script).await.partial(counts!(inserted: 2));
    assert_eq!(bench.rows(&Append {}).await, ["1|a", "2|b"]);
}

pub(super) async fn a_failed_load_leaves_nothing(bench: Bench) {
    let failing = || page(batch(1, "a")).page(pairs(&[(0, "b")])).fails();
    bench.load(&Append {}, failing()).await.failed(counts!(discarded: 8_193), &["500"]);
    assert_eq!(bench.rows(&Append {}).await, [""; 0]);
    bench.load(&Append {}, pages([&[(1, "a")][..]])).await.done(counts!(inserted: 1));
    bench.load(&Append {}, failing()).await.failed(counts!(discarded: 8_193), &["500"]);
    assert_eq!(bench.rows(&Append {}).await, ["1|a"]);
}

pub(super) async fn an_empty_scan_adds_nothing(bench: Bench) {
    bench.load(&Append {}, page("[]")).await.done(counts!());
    bench.load(&Append {}, pages([&[(1, "a")][..]])).await.done(counts!(inserted: 1));
    bench.load(&Append {}, page("[]")).await.done(counts!());
    assert_eq!(bench.rows(&Append {}).await, ["1|a"]);
}
