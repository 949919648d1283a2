//! Rows that do not fit: `on_bad_row = quarantine`.

use serde_json::{Value, json};

use super::super::bench::{Bench, counts};
use super::super::script::{page, pairs};
use super::{api, batch};
use crate::report::RowCounts;
use crate::value::LogicalType;

api!(
    Api,
    Row {
        #[column(primary_key)]
        id: i64,
        text: String
    },
    on_bad_row = quarantine(max_rows = 3)
);
api!(
    Percent,
    PercentRow {
        #[column(primary_key)]
        id: i64,
        text: String
    },
    on_bad_row = quarantine(max_percent = 1)
);
api!(
    Append,
    AppendRow { id: i64, text: String },
    write_disposition = append,
    on_bad_row = quarantine(max_rows = 3)
);

const COLUMNS: &[(&str, LogicalType)] = &[
    ("connector", LogicalType::Text),
    ("resource", LogicalType::Text),
    ("page", LogicalType::I64),
    ("row", LogicalType::I64),
    ("path", LogicalType::Text),
];

pub(super) async fn are_kept_beside_the_others(bench: Bench) {
    let script = page(r#"[{"id": 1, "text": "a"}, {"id": 2, "text": 7}]"#)
        .page(r#"[{"id": "x", "text": "b"}, {"id": 3, "text": "c"}, 17]"#);
    let load = bench.load(&Api {}, script).await;
    load.done(counts!(inserted: 2, quarantined: 3));
    assert_eq!(bench.rows(&Api {}).await, ["1|a", "3|c"]);
    let rejects = bench.select("_connector_rejects", COLUMNS).await;
    assert_eq!(
        rejects,
        ["conformance|rows|1|2|text", "conformance|rows|2|1|id", "conformance|rows|2|3|"]
    );
    let raw = bench.select("_connector_rejects", &[("raw", LogicalType::Json)]).await;
    let raw: Result<Vec<Value>, _> = raw.iter().map(|text| serde_json::from_str(text)).collect();
    let expected = [json!(17), json!({ "id": "x", "text": "b" }), json!({ "id": 2, "text": 7 })];
    assert_eq!(raw.ok().as_deref(), Some(&expected[..]));
    let ids = bench.select("_connector_rejects", &[("load_id", LogicalType::I64)]).await;
    assert_eq!(ids, [load.id().to_string(), load.id().to_string(), load.id().to_string()]);
    let reasons = bench.select("_connector_rejects", &[("reason", LogicalType::Text)]).await;
    assert!(reasons.iter().all(|reason| reason.contains("expected")), "{reasons:?}");
}

pub(super) async fn beyond_the_budget_the_load_fails(bench: Bench) {
    let bad: Value = (0..4).map(|id| json!({ "id": id, "text": 7 })).collect();
    let load = bench.load(&Api {}, page(pairs(&[(9, "a")])).page(bad)).await;
    // what had come is there, and so is what did not fit
    load.failed(counts!(inserted: 1, quarantined: 4), &["4 of 5 rows", "max_rows = 3"]);
    assert_eq!(bench.rows(&Api {}).await, ["9|a"]);
    let rejects = bench.select("_connector_rejects", COLUMNS).await;
    let expected = [1, 2, 3, 4].map(|row| format!("conformance|rows|2|{row}|text"));
    assert_eq!(rejects, expected);
    // the next load has its own budget
    let bad: Value = (0..3).map(|id| json!({ "id": id, "text": 7 })).collect();
    bench.load(&Api {}, page(bad)).await.done(counts!(quarantined: 3));
}

pub(super) async fn percents_are_of_all_rows(bench: Bench) {
    // 40 of 8,232 is less than one of a hundred, though the first page has nothing else
    let bad: Value = (0..40).map(|id| json!({ "id": id, "text": 7 })).collect();
    let load = bench.load(&Percent {}, page(&bad).page(batch(100, "a"))).await;
    load.done(counts!(inserted: 8_192, quarantined: 40));
    let load = bench.load(&Percent {}, page(&bad)).await;
    assert_eq!(load.resource().rows, counts!(quarantined: 40));
    load.tells(&["40 of 40 rows", "max_percent = 1"]);
}

pub(super) async fn stay_when_the_load_fails(bench: Bench) {
    let script = page(batch(1, "a")).page(r#"[{"id": 2, "text": 7}]"#).fails();
    let load = bench.load(&Append {}, script).await;
    load.failed(counts!(quarantined: 1, discarded: 8_192), &["500"]);
    assert_eq!(bench.rows(&Append {}).await, [""; 0]);
    let rejects = bench.select("_connector_rejects", COLUMNS).await;
    assert_eq!(rejects, ["conformance|rows|2|1|text"]);
}

pub(super) async fn without_quarantine_the_load_fails(bench: Bench) {
    api!(
        Strict,
        StrictRow {
            #[column(primary_key)]
            id: i64,
            text: String
        }
    );
    let script = page(pairs(&[(1, "a")])).page(r#"[{"id": 2, "text": 7}]"#);
    bench.load(&Strict {}, script).await.failed(counts!(inserted: 1), &["`text`", "7"]);
    assert_eq!(bench.rows(&Strict {}).await, ["1|a"]);
}
