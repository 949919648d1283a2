//! Values that are right and that the destination cannot store.

use super::*;

/// Of an object the rest is passed over.
#[derive(serde::Deserialize, serde::Serialize)]
struct Part {
    a: i64,
}

static FIELDS: [FieldSpec; 7] = [
    column::<Option<u64>>("count"),
    column::<Option<String>>("name"),
    column::<Option<Json<serde_json::Value>>>("json"),
    column::<Option<Json<Part>>>("part"),
    column::<Option<jiff::Timestamp>>("at"),
    column::<Option<jiff::civil::Date>>("on"),
    FieldSpec::List {
        name: "tags",
        wire: "tags",
        doc: "",
        optional: true,
        element: ElementSpec::Value(ColumnSpec::new::<String>("", "", "")),
    },
];

#[test]
fn what_the_destination_cannot_store() {
    const BOUNDS: Bounds = Bounds { largest_integer: 9, nul: false, earliest: 0, jsonb: true };
    for (row, expected) in [
        (
            r#"{"count": 10}"#,
            "column `count`: expected a whole number of at most 9, the largest that the destination stores, found a number 10",
        ),
        (
            r#"{"name": "a\u0000b"}"#,
            "column `name`: expected a text without U+0000, which the destination cannot store, found a string \"a\\u0000b\"",
        ),
        (
            r#"{"json": {"a\u0000": 1}}"#,
            "column `json`: expected a text without U+0000, which the destination cannot store, found an object",
        ),
        (
            r#"{"json": [1e-20000]}"#,
            "column `json`: expected numbers of at most 16383 decimal places, as many as the destination stores, found a list [1e-20000]",
        ),
        (
            r#"{"part": {"a": 1, "b": "\ud800"}}"#,
            "column `part`: expected JSON that the destination can store (",
        ),
        (
            r#"{"part": {"a": 1, "b": 1e999999}}"#,
            "column `part`: expected JSON that the destination can store (number out of range",
        ),
        (
            r#"{"tags": ["a", "\u0000"]}"#,
            "column `tags[1]`: expected a text without U+0000, which the destination cannot store",
        ),
        (
            r#"{"at": "1969-12-31T23:59:59Z"}"#,
            "column `at`: expected an instant from 1970-01-01T00:00:00Z on, the first that the destination stores",
        ),
        (
            r#"{"on": "1969-12-31"}"#,
            "column `on`: expected a date from 1970-01-01 on, the first that the destination stores",
        ),
    ] {
        let body = format!("[{row}]");
        let mut free = decoder(&FIELDS, UnknownFields::Report);
        assert!(free.page(body.as_bytes()).is_ok(), "{row}");
        let mut limited = decoder(&FIELDS, UnknownFields::Report);
        limited.limit(BOUNDS);
        let Err(DecodeError::Row(error)) = limited.page(body.as_bytes()) else { panic!("{row}") };
        assert!(error.message.starts_with(expected), "{}", error.message);
    }
    let mut limited = decoder(&FIELDS, UnknownFields::Report);
    limited.limit(BOUNDS);
    let body = br#"[{"count": 9, "name": "ab", "json": "\\u0000", "at": "1970-01-01T00:00:00Z", "on": "1970-01-01", "tags": ["a"]}]"#;
    assert!(limited.page(body).is_ok());
}
