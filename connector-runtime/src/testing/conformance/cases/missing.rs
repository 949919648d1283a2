//! `delete_missing`: rows that a complete scan did not bring.

use super::super::bench::{Bench, counts};
use super::super::script::{page, pages, pairs};
use super::{api, batch};
use crate::report::RowCounts;
use crate::value::LogicalType;
use connector_runtime::Timestamp;

api!(
    Hard,
    HardRow {
        #[column(primary_key)]
        id: i64,
        text: String
    },
    delete_missing = hard
);
api!(
    Emptied,
    EmptiedRow {
        #[column(primary_key)]
        id: i64,
        text: String
    },
    delete_missing = hard,
    allow_empty
);
api!(
    Soft,
    SoftRow {
        #[column(primary_key)]
        id: i64,
        text: String,
        #[column(soft_delete, default)]
        gone: bool
    },
    delete_missing = soft
);
api!(
    SoftAt,
    SoftAtRow {
        #[column(primary_key)]
        id: i64,
        text: String,
        #[column(soft_delete)]
        gone_at: Option<Timestamp>,
    },
    delete_missing = soft
);
api!(
    Quarantine,
    QuarantineRow {
        #[column(primary_key)]
        id: i64,
        text: String
    },
    delete_missing = hard,
    on_bad_row = quarantine
);

const OLD: &[(i64, &str)] = &[(1, "a"), (2, "b"), (3, "c")];

pub(super) async fn rows_that_did_not_come_are_deleted(bench: Bench) {
    bench.load(&Hard {}, pages([OLD])).await.done(counts!(inserted: 3));
    let load = bench.load(&Hard {}, pages([&[(1, "a"), (4, "d")][..]])).await;
    load.done(counts!(inserted: 1, unchanged: 1, removed: 2));
    assert_eq!(bench.rows(&Hard {}).await, ["1|a", "4|d"]);
}

/// Rows of the scan's first batches are as good as those of its last.
pub(super) async fn of_many_batches(bench: Bench) {
    let many = || page(batch(1, "a")).page(batch(8_193, "a"));
    bench.load(&Hard {}, many().page(pairs(&[(0, "z")]))).await.done(counts!(inserted: 16_385));
    bench.load(&Hard {}, many()).await.done(counts!(unchanged: 16_384, removed: 1));
    let script = page(batch(8_193, "a")).page(pairs(&[(1, "a")]));
    bench.load(&Hard {}, script).await.done(counts!(unchanged: 8_193, removed: 8_191));
    assert_eq!(bench.rows(&Hard {}).await.len(), 8_193);
}

pub(super) async fn they_are_marked(bench: Bench) {
    bench.load(&Soft {}, pages([OLD])).await.done(counts!(inserted: 3));
    let load = bench.load(&Soft {}, pages([&[(1, "a")][..]])).await;
    load.done(counts!(unchanged: 1, removed: 2));
    assert_eq!(bench.rows(&Soft {}).await, ["1|a|false", "2|b|true", "3|c|true"]);
    // once is enough
    bench.load(&Soft {}, pages([&[(1, "a")][..]])).await.done(counts!(unchanged: 1));
    // and they can come back
    bench.load(&Soft {}, pages([OLD])).await.done(counts!(updated: 2, unchanged: 1));
    assert_eq!(bench.rows(&Soft {}).await, ["1|a|false", "2|b|false", "3|c|false"]);
}

pub(super) async fn they_are_marked_with_an_instant(bench: Bench) {
    bench.load(&SoftAt {}, pages([OLD])).await.done(counts!(inserted: 3));
    let load = bench.load(&SoftAt {}, pages([&[(1, "a"), (2, "b")][..]])).await;
    load.done(counts!(unchanged: 2, removed: 1));
    let columns = [("id", LogicalType::I64), ("gone_at", LogicalType::Timestamp)];
    let rows = bench.select("rows", &columns).await;
    assert_eq!(rows[..2], ["1|null", "2|null"]);
    let at = rows[2].strip_prefix("3|").and_then(|text| text.parse::<Timestamp>().ok());
    let now = Timestamp::now();
    assert!(at.is_some_and(|at| (now - at).get_hours() == 0), "{rows:?}: the time of the load");
    bench.load(&SoftAt {}, pages([&[(1, "a"), (2, "b")][..]])).await.done(counts!(unchanged: 2));
    assert_eq!(bench.select("rows", &columns).await, rows, "the first time it was missing");
}

pub(super) async fn never_after_a_partial_scan(bench: Bench) {
    bench.load(&Hard {}, pages([OLD])).await.done(counts!(inserted: 3));
    let load = bench.load(&Hard {}, pages([&[(1, "a")][..]]).cut()).await;
    assert!(!load.report.is_done());
    assert_eq!(load.resource().rows.removed, 0);
    assert_eq!(bench.rows(&Hard {}).await, ["1|a", "2|b", "3|c"]);
}

pub(super) async fn never_after_a_failed_one(bench: Bench) {
    bench.load(&Hard {}, pages([OLD])).await.done(counts!(inserted: 3));
    let load = bench.load(&Hard {}, pages([&[(1, "a")][..]]).fails()).await;
    assert!(!load.report.is_done());
    assert_eq!(load.resource().rows.removed, 0);
    assert_eq!(bench.rows(&Hard {}).await, ["1|a", "2|b", "3|c"]);
}

pub(super) async fn never_after_an_empty_one(bench: Bench) {
    bench.load(&Hard {}, pages([OLD])).await.done(counts!(inserted: 3));
    let load = bench.load(&Hard {}, page("[]")).await;
    assert_eq!(load.resource().rows, RowCounts::default());
    load.tells(&["allow_empty"]);
    assert_eq!(bench.rows(&Hard {}).await, ["1|a", "2|b", "3|c"]);
}

pub(super) async fn unless_that_is_allowed(bench: Bench) {
    bench.load(&Emptied {}, pages([OLD])).await.done(counts!(inserted: 3));
    bench.load(&Emptied {}, page("[]")).await.done(counts!(removed: 3));
    assert_eq!(bench.rows(&Emptied {}).await, [""; 0]);
}

/// Nobody knows whose rows they are.
pub(super) async fn never_where_rows_did_not_fit(bench: Bench) {
    bench.load(&Quarantine {}, pages([OLD])).await.done(counts!(inserted: 3));
    let load =
        bench.load(&Quarantine {}, page(r#"[{"id": 1, "text": "a"}, {"id": 2, "text": 7}]"#));
    let load = load.await;
    assert_eq!(load.resource().rows, counts!(unchanged: 1, quarantined: 1));
    load.tells(&["not removed", "of 2 rows 1 did not fit"]);
    assert_eq!(bench.rows(&Quarantine {}).await, ["1|a", "2|b", "3|c"]);
}
