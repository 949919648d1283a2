//! Fields that no column takes.

use serde_json::{Value, json};

use super::super::bench::{Bench, counts};
use super::super::script::page;
use super::api;
use crate::report::RowCounts;
use crate::value::LogicalType;
use connector_runtime::Json;

pub(super) async fn unknown_ones_are_reported(bench: Bench) {
    api!(
        Api,
        Row {
            #[column(primary_key)]
            id: i64
        }
    );
    let script = page(r#"[{"id": 1, "a": null, "b": {}}, {"id": 2, "a": 7}]"#)
        .page(r#"[{"id": 3, "a": "x"}]"#);
    let load = bench.load(&Api {}, script).await;
    load.done(counts!(inserted: 3));
    let mut fields: Vec<_> = load.resource().unknown_fields.iter().collect();
    fields.sort_by(|a, b| a.path.cmp(&b.path));
    let fields: Vec<_> =
        fields.iter().map(|field| (field.path.as_str(), field.json_type, field.count)).collect();
    assert_eq!(fields, [("a", "number", 3), ("b", "object", 1)]);
}

pub(super) async fn unknown_ones_are_captured(bench: Bench) {
    api!(
        Api,
        Row { #[column(primary_key)] id: i64, extra: Json<Value> },
        unknown_fields = capture(extra)
    );
    let rows = r#"[{"id": 1, "a": null, "b": {"c": [1]}}, {"id": 2}]"#;
    let load = bench.load(&Api {}, page(rows)).await;
    load.done(counts!(inserted: 2));
    assert!(load.resource().unknown_fields.is_empty());
    let stored = bench.select("rows", &[("extra", LogicalType::Json)]).await;
    let stored: Result<Vec<Value>, _> =
        stored.iter().map(|text| serde_json::from_str(text)).collect();
    // a row without any has an object without any
    assert_eq!(stored.ok(), Some(vec![json!({ "a": null, "b": { "c": [1] } }), json!({})]));
    bench.load(&Api {}, page(rows)).await.done(counts!(unchanged: 2));
}

pub(super) async fn unknown_ones_do_not_fit(bench: Bench) {
    api!(
        Api,
        Row {
            #[column(primary_key)]
            id: i64
        },
        unknown_fields = fail,
        on_bad_row = quarantine
    );
    let load = bench.load(&Api {}, page(r#"[{"id": 1}, {"id": 2, "a": 7}]"#)).await;
    load.done(counts!(inserted: 1, quarantined: 1));
    assert_eq!(bench.rows(&Api {}).await, ["1"]);
}
