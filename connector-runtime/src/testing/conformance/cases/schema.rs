//! Tables of an older release of the connector: what only adds is done, anything else is refused.

use super::super::bench::{Bench, counts};
use super::super::script::{Script, page, pages};
use super::api;
use crate::report::RowCounts;
use crate::value::LogicalType;

api!(First, FirstRow { #[column(primary_key)] id: i64, text: String });

/// The table of the first release, with a row.
async fn old(bench: &Bench) {
    let load = bench.load(&First {}, pages([&[(1, "a")][..]])).await;
    load.done(counts!(inserted: 1));
    assert!(load.changes().iter().any(|change| change.starts_with("rows: ")), "a new table is told");
    let again = bench.load(&First {}, pages([&[(1, "a")][..]])).await;
    assert_eq!(again.changes(), [""; 0], "what is there needs no change");
}

pub(super) async fn a_new_column(bench: Bench) {
    api!(Api, Row { #[column(primary_key)] id: i64, note: Option<String>, text: String });
    old(&bench).await;
    let rows = r#"[{"id": 1, "text": "a"}, {"id": 2, "text": "b", "note": "new"}]"#;
    let load = bench.load(&Api {}, page(rows)).await;
    load.done(counts!(inserted: 1, unchanged: 1));
    let changes = load.changes();
    assert!(changes.len() == 1 && changes[0].contains("`note`"), "{changes:?}");
    assert_eq!(bench.rows(&Api {}).await, ["1|null|a", "2|new|b"]);
}

pub(super) async fn null_where_it_was_forbidden(bench: Bench) {
    api!(Api, Row { #[column(primary_key)] id: i64, text: Option<String> });
    old(&bench).await;
    let load = bench.load(&Api {}, page(r#"[{"id": 1}, {"id": 2, "text": "b"}]"#)).await;
    load.done(counts!(inserted: 1, updated: 1));
    assert!(load.changes().iter().all(|change| change.contains("`text`")), "{:?}", load.changes());
    assert_eq!(bench.rows(&Api {}).await, ["1|null", "2|b"]);
}

pub(super) async fn another_type_is_refused(bench: Bench) {
    api!(Api, Row { #[column(primary_key)] id: i64, text: i64 });
    old(&bench).await;
    bench.load(&Api {}, Script::default()).await.refused(&["`rows`", "`text`", "ALTER TABLE"]);
    assert_eq!(bench.rows(&First {}).await, ["1|a"]);
}

pub(super) async fn a_column_that_must_have_a_value_is_refused(bench: Bench) {
    api!(Api, Row { #[column(primary_key)] id: i64, text: String, note: String });
    old(&bench).await;
    bench.load(&Api {}, Script::default()).await.refused(&["`rows`", "`note`", "ALTER TABLE"]);
    assert!(!bench.harness.columns("rows").await.contains(&"note".to_owned()));
}

pub(super) async fn columns_that_are_gone_stay(bench: Bench) {
    api!(Wide, WideRow { #[column(primary_key)] id: i64, text: String, note: Option<String> });
    let rows = r#"[{"id": 1, "text": "a", "note": "mine"}]"#;
    bench.load(&Wide {}, page(rows)).await.done(counts!(inserted: 1));
    let rows = pages([&[(1, "A"), (2, "b")][..]]);
    bench.load(&First {}, rows).await.done(counts!(inserted: 1, updated: 1));
    let columns = [("id", LogicalType::I64), ("note", LogicalType::Text)];
    assert_eq!(bench.select("rows", &columns).await, ["1|mine", "2|null"]);
}
