//! `merge` with the strategy `scd2`: the table is a history.

use super::super::bench::{Bench, Loaded, counts};
use super::super::script::{page, pages, pairs};
use super::{api, batch};
use crate::connector::Connector;
use crate::report::RowCounts;
use crate::value::LogicalType;

api!(Api, Row { #[column(primary_key)] id: i64, text: Option<String> }, strategy = scd2);
api!(
    Named,
    NamedRow {
        #[column(primary_key)]
        id: i64,
        text: String
    },
    strategy = scd2(valid_from = since, valid_to = until)
);
api!(
    Closing,
    ClosingRow {
        #[column(primary_key)]
        id: i64,
        text: String
    },
    strategy = scd2,
    delete_missing = soft
);
api!(
    Marked,
    MarkedRow {
        #[column(primary_key)]
        id: i64,
        text: String,
        #[column(hard_delete)]
        gone: bool
    },
    strategy = scd2
);

/// `id|text|from|to`, with the loads' instants written as `t1`, `t2` in their order.
async fn history(bench: &Bench, names: [&str; 2]) -> Vec<String> {
    let instant = LogicalType::Timestamp;
    let columns = [
        ("id", LogicalType::I64),
        ("text", LogicalType::Text),
        (names[0], instant),
        (names[1], instant),
    ];
    let rows = bench.select("rows", &columns).await;
    let instants = || rows.iter().flat_map(|row| row.split('|').skip(2));
    let mut known: Vec<_> = instants().filter(|text| *text != "null").collect();
    known.sort();
    known.dedup();
    let name = |text: &str| match known.iter().position(|instant| *instant == text) {
        Some(at) => format!("t{}", at + 1),
        None => text.to_owned(),
    };
    let mut named: Vec<_> =
        rows.iter().map(|row| row.split('|').map(name).collect::<Vec<_>>().join("|")).collect();
    named.sort();
    named
}

const NAMES: [&str; 2] = ["_valid_from", "_valid_to"];

async fn load(bench: &Bench, api: &impl Connector, rows: &[(i64, &str)]) -> Loaded {
    bench.load(api, pages([rows])).await
}

pub(super) async fn the_first_load(bench: Bench) {
    load(&bench, &Api {}, &[(1, "a"), (2, "b")]).await.done(counts!(inserted: 2));
    assert_eq!(history(&bench, NAMES).await, ["1|a|t1|null", "2|b|t1|null"]);
}

pub(super) async fn a_row_that_changed_is_closed(bench: Bench) {
    load(&bench, &Api {}, &[(1, "a"), (2, "b"), (3, "c")]).await.done(counts!(inserted: 3));
    let second = load(&bench, &Api {}, &[(1, "A"), (2, "b"), (4, "d")]).await;
    second.done(counts!(inserted: 1, updated: 1, unchanged: 1));
    let expected = ["1|A|t2|null", "1|a|t1|t2", "2|b|t1|null", "3|c|t1|null", "4|d|t2|null"];
    assert_eq!(history(&bench, NAMES).await, expected);
    let third = load(&bench, &Api {}, &[(1, "a")]).await;
    third.done(counts!(updated: 1));
    let history = history(&bench, NAMES).await;
    let ones: Vec<_> = history.iter().filter(|row| row.starts_with("1|")).collect();
    assert_eq!(ones, ["1|A|t2|t3", "1|a|t1|t2", "1|a|t3|null"]);
}

pub(super) async fn what_is_the_same_makes_no_version(bench: Bench) {
    load(&bench, &Api {}, &[(1, "a")]).await.done(counts!(inserted: 1));
    load(&bench, &Api {}, &[(1, "a")]).await.done(counts!(unchanged: 1));
    assert_eq!(history(&bench, NAMES).await, ["1|a|t1|null"]);
    bench.load(&Api {}, page(r#"[{"id": 1, "text": null}]"#)).await.done(counts!(updated: 1));
    bench.load(&Api {}, page(r#"[{"id": 1, "text": null}]"#)).await.done(counts!(unchanged: 1));
    assert_eq!(history(&bench, NAMES).await, ["1|a|t1|t2", "1|null|t2|null"]);
}

pub(super) async fn the_columns_can_be_named(bench: Bench) {
    load(&bench, &Named {}, &[(1, "a")]).await.done(counts!(inserted: 1));
    load(&bench, &Named {}, &[(1, "b")]).await.done(counts!(updated: 1));
    assert_eq!(history(&bench, ["since", "until"]).await, ["1|a|t1|t2", "1|b|t2|null"]);
    let columns = bench.harness.columns("rows").await;
    assert!(!columns.iter().any(|column| column.starts_with("_valid")), "{columns:?}");
}

/// One load makes one version of a row, whatever came before the last of its key.
pub(super) async fn the_last_row_of_a_key_stays(bench: Bench) {
    let first = load(&bench, &Api {}, &[(1, "a"), (1, "b")]).await;
    first.done(counts!(inserted: 1, unchanged: 1));
    let script = page(batch(2, "x")).page(pairs(&[(2, "y"), (1, "c"), (1, "b")]));
    bench.load(&Api {}, script).await.done(counts!(inserted: 8_192, unchanged: 3));
    let history = history(&bench, NAMES).await;
    assert_eq!(history.len(), 8_193);
    assert!(history.contains(&"1|b|t1|null".to_owned()), "its last row is what was there");
    assert!(history.contains(&"2|y|t2|null".to_owned()));
}

pub(super) async fn a_missing_row_is_closed(bench: Bench) {
    load(&bench, &Closing {}, &[(1, "a"), (2, "b")]).await.done(counts!(inserted: 2));
    let second = load(&bench, &Closing {}, &[(2, "b")]).await;
    second.done(counts!(unchanged: 1, removed: 1));
    assert_eq!(history(&bench, NAMES).await[1], "2|b|t1|null");
    // once is enough
    load(&bench, &Closing {}, &[(2, "b")]).await.done(counts!(unchanged: 1));
    // and it can come back
    load(&bench, &Closing {}, &[(1, "a"), (2, "b")]).await.done(counts!(inserted: 1, unchanged: 1));
    assert_eq!(history(&bench, NAMES).await, ["1|a|t1|t2", "1|a|t3|null", "2|b|t1|null"]);
}

pub(super) async fn a_partial_scan_closes_nothing(bench: Bench) {
    load(&bench, &Closing {}, &[(1, "a"), (2, "b")]).await.done(counts!(inserted: 2));
    let load = bench.load(&Closing {}, pages([&[(2, "c")][..]]).cut()).await;
    assert!(!load.report.is_done());
    assert_eq!(load.resource().rows.removed, 0);
    assert!(history(&bench, NAMES).await.contains(&"1|a|t1|null".to_owned()));
}

pub(super) async fn a_deleted_row_is_closed(bench: Bench) {
    let rows = r#"[{"id": 1, "text": "a", "gone": false}, {"id": 2, "text": "b", "gone": false}]"#;
    bench.load(&Marked {}, page(rows)).await.done(counts!(inserted: 2));
    let rows = r#"[{"id": 1, "text": "a", "gone": true}, {"id": 3, "text": "c", "gone": true}]"#;
    bench.load(&Marked {}, page(rows)).await.done(counts!(deleted: 1, unchanged: 1));
    let history = history(&bench, NAMES).await;
    assert_eq!(history, ["1|a|t1|t2", "2|b|t1|null"]);
}
