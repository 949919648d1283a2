//! Tables of an older release of the connector: what only adds is done, anything else is refused.

use super::super::bench::{Bench, counts};
use super::super::script::{Script, page, pages};
use super::api;
use crate::report::RowCounts;
use crate::value::LogicalType;

api!(
    First,
    FirstRow {
        #[column(primary_key)]
        id: i64,
        text: String
    }
);

api!(
    Frozen,
    FrozenRow {
        #[column(primary_key)]
        id: i64,
        text: String
    },
    schema_contract = freeze
);

/// The table of the first release, with a row.
async fn old(bench: &Bench) {
    let load = bench.load(&First {}, pages([&[(1, "a")][..]])).await;
    load.done(counts!(inserted: 1));
    assert!(
        load.changes().iter().any(|change| change.starts_with("rows: ")),
        "a new table is told"
    );
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
    api!(
        Api,
        Row {
            #[column(primary_key)]
            id: i64,
            text: i64
        }
    );
    old(&bench).await;
    let load = bench.load(&Api {}, Script::default()).await;
    load.refused(&["`rows`", "`text`", bench.statement("ALTER TABLE")]);
    assert_eq!(bench.rows(&First {}).await, ["1|a"]);
}

/// Rows that were there before have no value for it, whatever the struct says.
pub(super) async fn a_new_column_that_must_have_a_value(bench: Bench) {
    api!(
        Api,
        Row {
            #[column(primary_key)]
            id: i64,
            text: String,
            note: String
        }
    );
    old(&bench).await;
    let load = bench.load(&Api {}, page(r#"[{"id": 2, "text": "b", "note": "new"}]"#)).await;
    load.done(counts!(inserted: 1));
    assert!(load.changes()[0].contains("`note`"), "{:?}", load.changes());
    assert_eq!(bench.rows(&Api {}).await, ["1|a|null", "2|b|new"]);
}

/// In PostgreSQL it is another type; SQLite has one for both.
pub(super) async fn a_wider_integer(bench: Bench) {
    api!(
        Narrow,
        NarrowRow {
            #[column(primary_key)]
            id: i32,
            number: i16
        }
    );
    api!(
        Wide,
        WideRow {
            #[column(primary_key)]
            id: i64,
            number: i64
        }
    );
    bench.load(&Narrow {}, page(r#"[{"id": 1, "number": 1}]"#)).await.done(counts!(inserted: 1));
    let rows = page(r#"[{"id": 1, "number": 1}, {"id": 4294967296, "number": -4294967296}]"#);
    bench.load(&Wide {}, rows).await.done(counts!(inserted: 1, unchanged: 1));
    assert_eq!(bench.rows(&Wide {}).await, ["1|1", "4294967296|-4294967296"]);
    // the older release takes the wider table as it is
    bench.load(&Narrow {}, page(r#"[{"id": 1, "number": 2}]"#)).await.done(counts!(updated: 1));
    let again = bench.load(&Wide {}, page(r#"[{"id": 1, "number": 2}]"#)).await;
    again.done(counts!(unchanged: 1));
    assert_eq!(again.changes(), [""; 0]);
}

pub(super) async fn a_wider_float(bench: Bench) {
    api!(
        Narrow,
        NarrowRow {
            #[column(primary_key)]
            id: i64,
            number: f32
        }
    );
    api!(
        Wide,
        WideRow {
            #[column(primary_key)]
            id: i64,
            number: f64
        }
    );
    bench.load(&Narrow {}, page(r#"[{"id": 1, "number": 0.5}]"#)).await.done(counts!(inserted: 1));
    let rows = page(r#"[{"id": 1, "number": 0.5}, {"id": 2, "number": 0.1}]"#);
    bench.load(&Wide {}, rows).await.done(counts!(inserted: 1, unchanged: 1));
    assert_eq!(bench.rows(&Wide {}).await, ["1|0.5", "2|0.1"]);
}

pub(super) async fn a_frozen_table_is_never_made(bench: Bench) {
    let load = bench.load(&Frozen {}, Script::default()).await;
    load.refused(&["`rows`", bench.statement("CREATE TABLE")]);
    assert!(!bench.harness.tables().await.contains(&"rows".to_owned()));
}

pub(super) async fn a_frozen_table_is_never_altered(bench: Bench) {
    api!(
        Noted,
        NotedRow { #[column(primary_key)] id: i64, text: String, note: Option<String> },
        schema_contract = freeze
    );
    old(&bench).await;
    let load = bench.load(&Frozen {}, pages([&[(1, "b")][..]])).await;
    load.done(counts!(updated: 1));
    assert_eq!(load.changes(), [""; 0]);
    bench.load(&Noted {}, Script::default()).await.refused(&["`rows`", "`note`", "ADD COLUMN"]);
    assert_eq!(bench.harness.columns("rows").await, ["id", "text", "_load_id"]);
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
