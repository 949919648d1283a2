//! Values: what comes is what is there.

use serde_json::json;

use super::super::bench::{Bench, counts};
use super::super::script::page;
use super::api;
use crate::report::RowCounts;
use crate::value::LogicalType;
use connector_runtime::{Bytes, Date, Json, Time, Timestamp};

pub(super) async fn texts_are_never_statements(bench: Bench) {
    api!(
        Api,
        Row {
            #[column(primary_key)]
            id: String,
            text: String
        }
    );
    let texts = [
        "'; DROP TABLE rows; --",
        "\"); DELETE FROM rows; --",
        "\\'; SELECT 1; --",
        "$1 ?1 :id @x %s {0}",
        "\\N",
        "\\.",
        "a\tb\nc\rd\\te",
        "",
        " ",
        "\u{1}\u{7f}\u{2028}\u{feff}\u{fffd}",
        "null",
        "é e\u{301} 🦀 \u{10ffff}",
    ];
    let rows: serde_json::Value =
        texts.iter().map(|text| json!({ "id": text, "text": text })).collect();
    let count = texts.len() as u64;
    bench.load(&Api {}, page(&rows)).await.done(counts!(inserted: count));
    bench.load(&Api {}, page(&rows)).await.done(counts!(unchanged: count));
    let mut expected = texts.map(|text| format!("{text}|{text}"));
    expected.sort();
    assert_eq!(bench.rows(&Api {}).await, expected);
}

api!(Types, TypesRow {
    #[column(primary_key)]
    id: i64,
    bool: Option<bool>,
    i8: Option<i8>,
    i16: Option<i16>,
    i32: Option<i32>,
    i64: Option<i64>,
    u8: Option<u8>,
    u16: Option<u16>,
    u32: Option<u32>,
    f32: Option<f32>,
    f64: Option<f64>,
    text: Option<String>,
    bytes: Option<Bytes>,
    date: Option<Date>,
    time: Option<Time>,
    instant: Option<Timestamp>,
});

/// In the order of the columns, as they come and as they are read.
fn extremes() -> (serde_json::Value, Vec<&'static str>) {
    let rows = json!([
        { "id": 1, "bool": false, "i8": i8::MIN, "i16": i16::MIN, "i32": i32::MIN, "i64": i64::MIN,
          "u8": 0, "u16": 0, "u32": 0, "f32": f32::MIN, "f64": f64::MIN, "text": "", "bytes": "",
          "date": "0001-01-01", "time": "00:00:00", "instant": "0001-01-01T00:00:00Z" },
        { "id": 2, "bool": true, "i8": i8::MAX, "i16": i16::MAX, "i32": i32::MAX, "i64": i64::MAX,
          "u8": u8::MAX, "u16": u16::MAX, "u32": u32::MAX, "f32": f32::MAX, "f64": f64::MAX,
          "text": "ü", "bytes": "AP/+", "date": "9999-12-31", "time": "23:59:59.999999",
          "instant": "9999-12-30T22:00:00.999999Z" },
        { "id": 3, "bool": true, "i8": -1, "i16": -1, "i32": -1, "i64": -9_007_199_254_740_993_i64,
          "u8": 1, "u16": 1, "u32": 1, "f32": 1.401298464324817e-45, "f64": 5e-324, "text": "\u{1}",
          "bytes": "AA==", "date": "2024-02-29", "time": "08:15:00.5",
          "instant": "2024-01-31T10:15:00.1234567+02:00" },
    ]);
    let expected = vec![
        "1|false|-128|-32768|-2147483648|-9223372036854775808|0|0|0|-3.4028234663852886e38|\
         -1.7976931348623157e308|||0001-01-01|00:00:00.000000|0001-01-01T00:00:00.000000Z",
        "2|true|127|32767|2147483647|9223372036854775807|255|65535|4294967295|\
         3.4028234663852886e38|1.7976931348623157e308|ü|00fffe|9999-12-31|23:59:59.999999|\
         9999-12-30T22:00:00.999999Z",
        "3|true|-1|-1|-1|-9007199254740993|1|1|1|1.401298464324817e-45|5e-324|\u{1}|00|\
         2024-02-29|08:15:00.500000|2024-01-31T08:15:00.123456Z",
    ];
    (rows, expected)
}

pub(super) async fn every_type_with_its_extremes(bench: Bench) {
    let (rows, expected) = extremes();
    bench.load(&Types {}, page(&rows)).await.done(counts!(inserted: 3));
    assert_eq!(bench.rows(&Types {}).await, expected);
    // and what is there is the same again
    bench.load(&Types {}, page(&rows)).await.done(counts!(unchanged: 3));
    features::every_type(&bench).await;
}

/// What fits is kept, and what does not is refused: it is never another number.
pub(super) async fn the_largest_unsigned_integer(bench: Bench) {
    api!(Api, Row { #[column(primary_key)] id: i64, u64: Option<u64> });
    let largest = bench.harness.destination().limits().largest_integer;
    let rows = format!(r#"[{{"id": 1, "u64": {largest}}}, {{"id": 2, "u64": 0}}]"#);
    bench.load(&Api {}, page(&rows)).await.done(counts!(inserted: 2));
    bench.load(&Api {}, page(&rows)).await.done(counts!(unchanged: 2));
    if let Some(beyond) = largest.checked_add(1) {
        let rows = format!(r#"[{{"id": 3, "u64": {beyond}}}]"#);
        bench.load(&Api {}, page(rows)).await.failed(counts!(), &["`u64`"]);
    }
    assert_eq!(bench.rows(&Api {}).await, [format!("1|{largest}"), "2|0".to_owned()]);
}

/// A value beyond the limits costs its row, and not those beside it.
pub(super) async fn what_cannot_be_stored_does_not_fit(bench: Bench) {
    #[derive(serde::Deserialize, serde::Serialize)]
    struct Part {
        a: i64,
    }
    api!(
        Api,
        Row {
            #[column(primary_key)]
            id: i64,
            text: Option<String>,
            document: Option<Json<serde_json::Value>>,
            part: Option<Json<Part>>,
            instant: Option<Timestamp>
        },
        on_bad_row = quarantine
    );
    let limits = bench.harness.destination().limits();
    let mut values = vec![
        (limits.nul, r#""text": "a\u0000b""#.to_owned()),
        (limits.nul && !limits.jsonb, r#""document": ["\u0000"]"#.to_owned()),
        (true, r#""document": [1e-16383, 1e300, "\ud83d\ude00"]"#.to_owned()),
        (!limits.jsonb, r#""document": {"a": [1e-16384]}"#.to_owned()),
        (!limits.jsonb, r#""part": {"a": 1, "b": 1e999999}"#.to_owned()),
        (!limits.jsonb, r#""part": {"a": 1, "b": "\ud800"}"#.to_owned()),
        (
            !limits.jsonb,
            format!(r#""part": {{"a": 1, "b": {}{}}}"#, "[".repeat(9_999), "]".repeat(9_999)),
        ),
    ];
    if let Ok(earliest) = Timestamp::from_microsecond(limits.earliest) {
        values.push((true, format!(r#""instant": "{earliest}""#)));
    }
    if let Some(Ok(before)) = limits.earliest.checked_sub(1).map(Timestamp::from_microsecond) {
        values.push((false, format!(r#""instant": "{before}""#)));
    }
    let rows =
        values.iter().enumerate().map(|(id, (_, value))| format!("{{\"id\": {id}, {value}}}"));
    let rows = format!("[{}]", rows.collect::<Vec<_>>().join(","));
    let fit = values.iter().filter(|(fits, _)| *fits).count() as u64;
    let quarantined = values.len() as u64 - fit;
    let load = bench.load(&Api {}, page(&rows)).await;
    load.done(counts!(inserted: fit, quarantined: quarantined));
    let load = bench.load(&Api {}, page(&rows)).await;
    load.done(counts!(unchanged: fit, quarantined: quarantined));
}

pub(super) async fn nulls_of_every_type(bench: Bench) {
    let (rows, expected) = extremes();
    bench.load(&Types {}, page(&rows)).await.done(counts!(inserted: 3));
    bench.load(&Types {}, page(r#"[{"id": 1}, {"id": 2}]"#)).await.done(counts!(updated: 2));
    bench.load(&Types {}, page(r#"[{"id": 1}, {"id": 2}]"#)).await.done(counts!(unchanged: 2));
    let nulls = "|null".repeat(15);
    assert_eq!(
        bench.rows(&Types {}).await,
        [format!("1{nulls}"), format!("2{nulls}"), expected[2].to_owned()]
    );
}

/// Types that stand behind features, and JSON, whose text a destination may write anew.
mod features {
    use super::*;

    pub(super) async fn every_type(bench: &Bench) {
        json(bench).await;
        #[cfg(feature = "decimal")]
        decimal(bench).await;
        #[cfg(feature = "uuid")]
        uuid(bench).await;
    }

    async fn json(bench: &Bench) {
        #[derive(connector_runtime::Resource)]
        #[resource(path = "/rows", name = "documents", data_selector = "data", paginator = json_link)]
        struct Row {
            #[column(primary_key)]
            id: i64,
            document: Json<serde_json::Value>,
        }
        #[derive(connector_runtime::Connector)]
        #[connector(name = "conformance", base_url = "https://api.example.com", resources(Row))]
        struct Api {}

        let document = json!({ "a": [1, 2.5, "ü\n", null, true], "b": {} });
        let rows = json!([{ "id": 1, "document": document }, { "id": 2, "document": "text" }]);
        bench.load(&Api {}, page(&rows)).await.done(counts!(inserted: 2));
        bench.load(&Api {}, page(&rows)).await.done(counts!(unchanged: 2));
        let stored = bench.select("documents", &[("document", LogicalType::Json)]).await;
        let stored: Result<Vec<serde_json::Value>, _> =
            stored.iter().map(|text| serde_json::from_str(text)).collect();
        assert_eq!(stored.ok(), Some(vec![json!("text"), document]));
    }

    #[cfg(feature = "decimal")]
    async fn decimal(bench: &Bench) {
        #[derive(connector_runtime::Resource)]
        #[resource(path = "/rows", name = "decimals", data_selector = "data", paginator = json_link)]
        struct Row {
            #[column(primary_key)]
            id: i64,
            decimal: connector_runtime::Decimal,
        }
        #[derive(connector_runtime::Connector)]
        #[connector(name = "conformance", base_url = "https://api.example.com", resources(Row))]
        struct Api {}

        let rows = r#"[{"id": 1, "decimal": 0.1}, {"id": 2, "decimal": "-7922816251426433759354395033"},
            {"id": 3, "decimal": "0.0000000000000000000000000001"}, {"id": 4, "decimal": 1.50}]"#;
        bench.load(&Api {}, page(rows)).await.done(counts!(inserted: 4));
        bench.load(&Api {}, page(rows)).await.done(counts!(unchanged: 4));
        let expected = [
            "1|0.1",
            "2|-7922816251426433759354395033",
            "3|0.0000000000000000000000000001",
            "4|1.50",
        ];
        assert_eq!(bench.rows(&Api {}).await, expected);
    }

    #[cfg(feature = "uuid")]
    async fn uuid(bench: &Bench) {
        #[derive(connector_runtime::Resource)]
        #[resource(path = "/rows", name = "uuids", data_selector = "data", paginator = json_link)]
        struct Row {
            #[column(primary_key)]
            id: connector_runtime::Uuid,
        }
        #[derive(connector_runtime::Connector)]
        #[connector(name = "conformance", base_url = "https://api.example.com", resources(Row))]
        struct Api {}

        let rows = r#"[{"id": "00000000-0000-0000-0000-000000000000"},
            {"id": "67E55044-10B1-426F-9247-BB680E5FE0C8"}]"#;
        bench.load(&Api {}, page(rows)).await.done(counts!(inserted: 2));
        bench.load(&Api {}, page(rows)).await.done(counts!(unchanged: 2));
        let expected =
            ["00000000-0000-0000-0000-000000000000", "67e55044-10b1-426f-9247-bb680e5fe0c8"];
        assert_eq!(bench.rows(&Api {}).await, expected);
    }
}
