//! Rows that say they are deleted: `hard_delete` and `soft_delete`.

use serde_json::{Value, json};

use super::super::bench::{Bench, counts};
use super::super::script::page;
use super::api;
use crate::report::RowCounts;
use connector_runtime::Timestamp;

api!(Hard, HardRow {
    #[column(primary_key)]
    id: i64,
    text: Option<String>,
    #[column(hard_delete)]
    gone: bool,
});
api!(HardAt, HardAtRow {
    #[column(primary_key)]
    id: i64,
    #[column(hard_delete)]
    gone_at: Option<Timestamp>,
});
api!(Soft, SoftRow {
    #[column(primary_key)]
    id: i64,
    text: Option<String>,
    #[column(soft_delete)]
    gone: bool,
});
api!(SoftAt, SoftAtRow {
    #[column(primary_key)]
    id: i64,
    #[column(soft_delete)]
    gone_at: Option<Timestamp>,
});

fn rows(rows: &[(i64, &str, bool)]) -> Value {
    rows.iter().map(|(id, text, gone)| json!({ "id": id, "text": text, "gone": gone })).collect()
}

fn old() -> Value {
    rows(&[(1, "a", false), (2, "b", false), (3, "c", false)])
}

pub(super) async fn a_hard_delete_removes_its_row(bench: Bench) {
    bench.load(&Hard {}, page(old())).await.done(counts!(inserted: 3));
    let new = rows(&[(1, "a", false), (2, "x", true), (9, "y", true)]);
    bench.load(&Hard {}, page(&new)).await.done(counts!(deleted: 1, unchanged: 2));
    assert_eq!(bench.rows(&Hard {}).await, ["1|a|false", "3|c|false"]);
    bench.load(&Hard {}, page(&new)).await.done(counts!(unchanged: 3));
    // and it can come back
    bench.load(&Hard {}, page(old())).await.done(counts!(inserted: 1, unchanged: 2));
}

pub(super) async fn a_hard_delete_by_an_instant(bench: Bench) {
    bench.load(&HardAt {}, page(r#"[{"id": 1}, {"id": 2}]"#)).await.done(counts!(inserted: 2));
    let new = r#"[{"id": 1, "gone_at": "2024-01-31T00:00:00Z"}, {"id": 2, "gone_at": null}]"#;
    bench.load(&HardAt {}, page(new)).await.done(counts!(deleted: 1, unchanged: 1));
    assert_eq!(bench.rows(&HardAt {}).await, ["2|null"]);
}

pub(super) async fn the_last_row_of_a_key_decides(bench: Bench) {
    bench.load(&Hard {}, page(old())).await.done(counts!(inserted: 3));
    let new = rows(&[
        (1, "a", true),
        (1, "A", false),
        (2, "B", false),
        (2, "b", true),
        (4, "d", false),
        (4, "d", true),
    ]);
    bench.load(&Hard {}, page(new)).await.done(counts!(updated: 1, deleted: 1, unchanged: 4));
    assert_eq!(bench.rows(&Hard {}).await, ["1|A|false", "3|c|false"]);
}

pub(super) async fn across_batches(bench: Bench) {
    let first: Value =
        (1..=8_192).map(|id| json!({ "id": id, "text": "a", "gone": false })).collect();
    let script = page(first).page(rows(&[(1, "a", true), (2, "b", true), (8_193, "c", true)]));
    bench.load(&Hard {}, script).await.done(counts!(inserted: 8_192, deleted: 2, unchanged: 1));
    assert_eq!(bench.rows(&Hard {}).await.len(), 8_190);
}

pub(super) async fn a_soft_delete_stays(bench: Bench) {
    bench.load(&Soft {}, page(old())).await.done(counts!(inserted: 3));
    let new = rows(&[(1, "a", false), (2, "b", true), (9, "y", true)]);
    let load = bench.load(&Soft {}, page(&new)).await;
    assert_eq!(bench.rows(&Soft {}).await, ["1|a|false", "2|b|true", "3|c|false", "9|y|true"]);
    load.done(counts!(inserted: 1, deleted: 1, unchanged: 1));
    bench.load(&Soft {}, page(&new)).await.done(counts!(unchanged: 3));
    // back again
    bench.load(&Soft {}, page(old())).await.done(counts!(updated: 1, unchanged: 2));
    assert_eq!(bench.rows(&Soft {}).await[1], "2|b|false");
}

pub(super) async fn a_soft_delete_by_an_instant(bench: Bench) {
    bench.load(&SoftAt {}, page(r#"[{"id": 1}, {"id": 2}]"#)).await.done(counts!(inserted: 2));
    let new = r#"[{"id": 1, "gone_at": "2024-01-31T00:00:00Z"}, {"id": 2}]"#;
    bench.load(&SoftAt {}, page(new)).await.done(counts!(deleted: 1, unchanged: 1));
    assert_eq!(bench.rows(&SoftAt {}).await, ["1|2024-01-31T00:00:00.000000Z", "2|null"]);
}
