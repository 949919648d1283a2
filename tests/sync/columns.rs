//! Every column type, from JSON into SQLite and into structs.

use std::sync::Arc;

use connector_runtime::Error;
use connector_runtime::http::Response;
use connector_runtime::prelude::*;
use connector_runtime::testing::ScriptedTransport;
use connector_tests::{Database, Folder, assert_says};
use rusqlite::types::ValueRef;

/// A transport that has one body.
fn script(body: &str) -> Arc<ScriptedTransport> {
    Arc::new(ScriptedTransport::new().on("/rows", Response::new(200, body.to_owned())))
}

/// Loads one body into the table `rows`.
async fn load(api: &impl Connector, body: &str, database: &Database) -> Result<(), Error> {
    let run = api.sync().transport(script(body)).destination(database.destination());
    run.run().await.into_result().map(drop)
}

/// The rows of a body as structs.
async fn rows<R: Resource>(api: &impl Connector, body: &str) -> Result<Vec<R>, Error> {
    let mut rows = api.rows::<R>().transport(script(body));
    let mut found = Vec::new();
    while let Some(row) = rows.next().await {
        found.push(row?);
    }
    Ok(found)
}

/// A stored value with its storage class.
fn describe(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "null".to_owned(),
        ValueRef::Integer(integer) => format!("integer {integer}"),
        ValueRef::Real(real) => format!("real {real:?}"),
        ValueRef::Text(text) => format!("text {}", String::from_utf8_lossy(text)),
        ValueRef::Blob(bytes) => format!("blob {bytes:x?}"),
    }
}

/// One type: JSON value => SQLite's type and text => Rust value.
///
/// The same values are then sent as `Option`s, with a null at the end.
macro_rules! column {
    ($($name:ident: $ty:ty { $($json:literal => $stored:literal => $rust:expr,)+ })*) => {$(
        mod $name {
            use super::*;

            #[derive(Resource)]
            #[resource(path = "/rows", name = "rows")]
            struct Plain {
                v: $ty,
            }

            #[derive(Resource)]
            #[resource(path = "/rows", name = "optional")]
            struct Optional {
                v: Option<$ty>,
            }

            #[derive(Connector)]
            #[connector(base_url = "https://api.example.com", resources(Plain, Optional))]
            struct Api {}

            const JSON: &[&str] = &[$($json),+];
            const STORED: &[&str] = &[$($stored),+];

            fn body(json: &[&str]) -> String {
                let rows: Vec<_> = json.iter().map(|json| format!("{{\"v\":{json}}}")).collect();
                format!("[{}]", rows.join(","))
            }

            /// Loads a body into one of the two tables and reads it back.
            async fn stored(resource: &str, body: &str) -> Vec<String> {
                let folder = Folder::new();
                let run = Api {}.sync().transport(script(body)).resources([resource]);
                let run = run.destination(folder.database().destination());
                let report = run.run().await;
                assert!(report.is_done(), "{report:?}");
                let sql = format!("SELECT v FROM {resource} ORDER BY rowid");
                folder.database().query(&sql, |row| Ok(describe(row.get_ref(0)?)))
            }

            #[tokio::test]
            async fn into_sqlite() {
                assert_eq!(stored("rows", &body(JSON)).await, STORED);
                let json = [JSON, &["null"]].concat();
                assert_eq!(stored("optional", &body(&json)).await, [STORED, &["null"]].concat());
                assert_eq!(stored("optional", "[{}]").await, ["null"]);
            }

            #[tokio::test]
            async fn into_structs() {
                let expected: Vec<$ty> = vec![$($rust),+];
                let found = rows::<Plain>(&Api {}, &body(JSON)).await.expect("rows");
                let found: Vec<$ty> = found.into_iter().map(|row| row.v).collect();
                assert_eq!(found, expected);
                let json = [JSON, &["null"]].concat();
                let found = rows::<Optional>(&Api {}, &body(&json)).await.expect("rows");
                let found: Vec<Option<$ty>> = found.into_iter().map(|row| row.v).collect();
                let expected: Vec<_> = expected.into_iter().map(Some).chain([None]).collect();
                assert_eq!(found, expected);
            }
        }
    )*};
}

fn instant(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

#[derive(Choice, Clone, Copy, Debug, PartialEq)]
#[choice(rename_all = "snake_case")]
enum State {
    Open,
    InReview,
    #[choice(rename = "CLOSED!")]
    Closed,
}

column! {
    i8_column: i8 {
        "-128" => "integer -128" => i8::MIN,
        "127" => "integer 127" => i8::MAX,
    }
    i16_column: i16 {
        "-32768" => "integer -32768" => i16::MIN,
        "32767" => "integer 32767" => i16::MAX,
    }
    i32_column: i32 {
        "-2147483648" => "integer -2147483648" => i32::MIN,
        "2147483647" => "integer 2147483647" => i32::MAX,
    }
    i64_column: i64 {
        "-9223372036854775808" => "integer -9223372036854775808" => i64::MIN,
        "9223372036854775807" => "integer 9223372036854775807" => i64::MAX,
        "9007199254740993" => "integer 9007199254740993" => 9_007_199_254_740_993,
    }
    u8_column: u8 { "0" => "integer 0" => 0, "255" => "integer 255" => u8::MAX, }
    u16_column: u16 { "65535" => "integer 65535" => u16::MAX, }
    u32_column: u32 { "4294967295" => "integer 4294967295" => u32::MAX, }
    u64_column: u64 {
        "0" => "integer 0" => 0,
        "9223372036854775807" => "integer 9223372036854775807" => i64::MAX as u64,
    }
    f64_column: f64 {
        "0.1" => "real 0.1" => 0.1,
        "-1.5e300" => "real -1.5e300" => -1.5e300,
        "5e-324" => "real 5e-324" => 5e-324,
        "9007199254740992" => "real 9007199254740992.0" => 9_007_199_254_740_992.0,
        "7" => "real 7.0" => 7.0,
        "-7" => "real -7.0" => -7.0,
        "0.30000000000000004" => "real 0.30000000000000004" => 0.1 + 0.2,
    }
    f32_column: f32 {
        "0.5" => "real 0.5" => 0.5,
        "0.1" => "real 0.10000000149011612" => 0.1,
        "16777216" => "real 16777216.0" => 16_777_216.0,
    }
    bool_column: bool { "true" => "integer 1" => true, "false" => "integer 0" => false, }
    text_column: String {
        r#""""# => "text " => String::new(),
        r#""a\"\\\n\u00fc\ud83e\udd80""# => "text a\"\\\nü🦀" => "a\"\\\nü🦀".into(),
        r#""it's; DROP TABLE rows""# => "text it's; DROP TABLE rows" => "it's; DROP TABLE rows".into(),
    }
    timestamp_column: Timestamp {
        r#""2024-01-31T08:15:00Z""# => "text 2024-01-31T08:15:00.000000Z" => instant("2024-01-31T08:15:00Z"),
        r#""2024-01-31T08:15:00+05:30""# => "text 2024-01-31T02:45:00.000000Z" => instant("2024-01-31T02:45:00Z"),
        r#""2024-01-31T08:15:00.123456789Z""# => "text 2024-01-31T08:15:00.123456Z" => instant("2024-01-31T08:15:00.123456Z"),
        r#""1969-12-31T23:59:59.5Z""# => "text 1969-12-31T23:59:59.500000Z" => instant("1969-12-31T23:59:59.5Z"),
        r#""0001-01-01T00:00:00Z""# => "text 0001-01-01T00:00:00.000000Z" => instant("0001-01-01T00:00:00Z"),
    }
    date_column: Date {
        r#""2024-02-29""# => "text 2024-02-29" => "2024-02-29".parse().expect("a date"),
        r#""1969-12-31""# => "text 1969-12-31" => "1969-12-31".parse().expect("a date"),
    }
    time_column: Time {
        r#""00:00:00""# => "text 00:00:00.000000" => "00:00:00".parse().expect("a time"),
        r#""23:59:59.999999""# => "text 23:59:59.999999" => "23:59:59.999999".parse().expect("a time"),
        r#""08:15""# => "text 08:15:00.000000" => "08:15:00".parse().expect("a time"),
    }
    decimal_column: Decimal {
        "0.1" => "text 0.1" => "0.1".parse().expect("a decimal"),
        r#""10.00""# => "text 10.00" => "10.00".parse().expect("a decimal"),
        "123456789012345678.0123456789" => "text 123456789012345678.0123456789" => "123456789012345678.0123456789".parse().expect("a decimal"),
        "-9007199254740993" => "text -9007199254740993" => "-9007199254740993".parse().expect("a decimal"),
        "1.5e3" => "text 1500" => "1500".parse().expect("a decimal"),
    }
    uuid_column: Uuid {
        r#""67E55044-10B1-426F-9247-BB680E5FE0C8""# => "text 67e55044-10b1-426f-9247-bb680e5fe0c8" => "67e55044-10b1-426f-9247-bb680e5fe0c8".parse().expect("a UUID"),
        r#""67e5504410b1426f9247bb680e5fe0c8""# => "text 67e55044-10b1-426f-9247-bb680e5fe0c8" => "67e55044-10b1-426f-9247-bb680e5fe0c8".parse().expect("a UUID"),
    }
    bytes_column: Bytes {
        r#""""# => "blob []" => Bytes::new(),
        r#""AP/+""# => "blob [0, ff, fe]" => Bytes::from_static(&[0, 255, 254]),
        r#""aGk=""# => "blob [68, 69]" => Bytes::from_static(b"hi"),
        r#""aGk""# => "blob [68, 69]" => Bytes::from_static(b"hi"),
    }
    json_column: Json<serde_json::Value> {
        r#"{"b": [1, 2.50],"a":null}"# => r#"text {"b": [1, 2.50],"a":null}"# => Json(serde_json::json!({"a": null, "b": [1, 2.5]})),
        "3" => "text 3" => Json(serde_json::json!(3)),
        r#""x""# => r#"text "x""# => Json(serde_json::json!("x")),
        "[]" => "text []" => Json(serde_json::json!([])),
    }
    typed_json_column: Json<Vec<u8>> {
        "[1, 2]" => "text [1, 2]" => Json(vec![1, 2]),
        "[]" => "text []" => Json(vec![]),
    }
    choice_column: State {
        r#""open""# => "text open" => State::Open,
        r#""in_review""# => "text in_review" => State::InReview,
        r#""CLOSED!""# => "text CLOSED!" => State::Closed,
    }
}

mod options {
    use super::*;

    #[derive(Debug, PartialEq, Record)]
    #[record(rename_all = "camelCase")]
    struct User {
        user_id: i64,
        login: Option<String>,
    }

    #[derive(Debug, PartialEq, Resource)]
    #[resource(path = "/rows", name = "rows", rename_all = "camelCase")]
    struct Row {
        #[column(primary_key, rename = "_ID")]
        id: i64,
        long_name: String,
        #[column(default)]
        count: i32,
        #[column(default = 2.5)]
        weight: f64,
        #[column(default = "none")]
        label: String,
        #[column(default = true)]
        active: bool,
        #[column(epoch = seconds)]
        made: Timestamp,
        #[column(epoch = milliseconds)]
        seen: Option<Timestamp>,
        #[column(with(split))]
        tags: String,
        #[column(json)]
        extra: Vec<i64>,
        #[column(flatten)]
        owner: User,
        #[column(flatten)]
        reviewer: Option<User>,
        #[column(skip)]
        note: String,
    }

    /// `["a", "b"]` as `a|b`.
    fn split(tags: Vec<String>) -> Result<String, String> {
        match tags.iter().find(|tag| tag.contains('|')) {
            Some(tag) => Err(format!("tags without bars, not {tag:?}")),
            None => Ok(tags.join("|")),
        }
    }

    #[derive(Connector)]
    #[connector(base_url = "https://api.example.com", resources(Row))]
    struct Api {}

    const FULL: &str = r#"[{
        "_ID": 1, "longName": "n", "count": 3, "weight": 1.5, "label": "l", "active": false,
        "made": 1706688900, "seen": 1706688900123, "tags": ["a", "b"], "extra": [1, 2],
        "owner": {"userId": 7, "login": "ann", "ignored": {}},
        "reviewer": {"login": null, "userId": 8}, "unknown": [{}]
    }]"#;
    const BARE: &str = r#"[{
        "_ID": 2, "longName": "", "count": null, "made": -0.5, "tags": [], "extra": [],
        "owner": {"userId": 9}, "reviewer": null
    }]"#;

    fn user(user_id: i64, login: Option<&str>) -> User {
        User { user_id, login: login.map(str::to_owned) }
    }

    fn full() -> Row {
        Row {
            id: 1,
            long_name: "n".into(),
            count: 3,
            weight: 1.5,
            label: "l".into(),
            active: false,
            made: instant("2024-01-31T08:15:00Z"),
            seen: Some(instant("2024-01-31T08:15:00.123Z")),
            tags: "a|b".into(),
            extra: vec![1, 2],
            owner: user(7, Some("ann")),
            reviewer: Some(user(8, None)),
            note: String::new(),
        }
    }

    fn bare() -> Row {
        Row {
            id: 2,
            long_name: String::new(),
            count: 0,
            weight: 2.5,
            label: "none".into(),
            active: true,
            made: instant("1969-12-31T23:59:59.5Z"),
            seen: None,
            tags: String::new(),
            extra: Vec::new(),
            owner: user(9, None),
            reviewer: None,
            note: String::new(),
        }
    }

    #[tokio::test]
    async fn into_structs() {
        assert_eq!(rows::<Row>(&Api {}, FULL).await.expect("rows"), [full()]);
        assert_eq!(rows::<Row>(&Api {}, BARE).await.expect("rows"), [bare()]);
    }

    #[tokio::test]
    async fn d27_an_object_that_is_absent_is_like_null() {
        let absent = BARE.replace(r#", "reviewer": null"#, "");
        assert_ne!(absent, BARE);
        assert_eq!(rows::<Row>(&Api {}, &absent).await.expect("rows"), [bare()]);
    }

    #[tokio::test]
    async fn into_sqlite() {
        let folder = Folder::new();
        for body in [FULL, BARE] {
            load(&Api {}, body, &folder.database()).await.expect("loaded");
        }
        let columns = [
            "id",
            "long_name",
            "count",
            "weight",
            "label",
            "active",
            "made",
            "seen",
            "tags",
            "extra",
            "owner__user_id",
            "owner__login",
            "reviewer__user_id",
            "reviewer__login",
        ];
        let names: Vec<String> =
            folder.database().column("SELECT name FROM pragma_table_info('rows')");
        assert_eq!(names, [&columns[..], &["_load_id"]].concat());
        let shown: Vec<_> = columns.iter().map(|name| format!("coalesce({name}, '-')")).collect();
        let rows: Vec<String> = folder
            .database()
            .column(&format!("SELECT concat_ws(' ', {}) FROM rows ORDER BY id", shown.join(", ")));
        assert_eq!(
            rows,
            [
                "1 n 3 1.5 l 0 2024-01-31T08:15:00.000000Z 2024-01-31T08:15:00.123000Z a|b [1, 2] 7 ann 8 -",
                "2  0 2.5 none 1 1969-12-31T23:59:59.500000Z -  [] 9 - - -",
            ]
        );
    }

    #[tokio::test]
    async fn columns_are_as_strict_as_the_struct() {
        let folder = Folder::new();
        load(&Api {}, "[]", &folder.database()).await.expect("loaded");
        let columns: Vec<String> = folder.database().column(
            "SELECT name || ' ' || type || CASE \"notnull\" WHEN 1 THEN ' NOT NULL' ELSE '' END
             FROM pragma_table_info('rows')",
        );
        assert_eq!(
            columns,
            [
                "id INTEGER NOT NULL",
                "long_name TEXT NOT NULL",
                "count INTEGER NOT NULL",
                "weight REAL NOT NULL",
                "label TEXT NOT NULL",
                "active INTEGER NOT NULL",
                "made TEXT NOT NULL",
                "seen TEXT",
                "tags TEXT NOT NULL",
                "extra TEXT NOT NULL",
                "owner__user_id INTEGER NOT NULL",
                "owner__login TEXT",
                "reviewer__user_id INTEGER",
                "reviewer__login TEXT",
                "_load_id INTEGER NOT NULL",
            ]
        );
    }

    #[tokio::test]
    async fn a_function_says_what_it_wants() {
        let body = FULL.replace(r#"["a", "b"]"#, r#"["a|b"]"#);
        let error = rows::<Row>(&Api {}, &body).await.expect_err("a bar");
        assert_says(error, &["row 1: column `tags`: expected tags without bars, not \"a|b\""]);
    }
}

#[derive(Resource)]
#[resource(path = "/rows", name = "rows")]
struct Moment {
    at: Timestamp,
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", resources(Moment))]
struct Moments {}

#[tokio::test]
async fn d14_stored_timestamps_sort_as_the_instants_do() {
    let in_order = [
        "0099-12-31T23:59:59Z",
        "1969-12-31T23:59:59.999999Z",
        "1970-01-01T00:00:00Z",
        "2024-03-31T02:30:00+02:00",
        "2024-03-31T00:30:00.000001Z",
        "2024-03-31T01:00:00Z",
        "2024-03-30T23:00:00-05:00",
        "2024-12-31T23:59:59Z",
        "9999-12-30T22:00:00Z",
    ];
    let mut shuffled = in_order;
    shuffled.reverse();
    shuffled.swap(0, 4);
    let body: Vec<_> = shuffled.iter().map(|at| format!("{{\"at\":\"{at}\"}}")).collect();
    let folder = Folder::new();
    let body = format!("[{}]", body.join(","));
    load(&Moments {}, &body, &folder.database()).await.expect("loaded");
    let stored: Vec<String> = folder.database().column("SELECT at FROM rows ORDER BY at");
    let stored: Vec<_> = stored.iter().map(|at| instant(at)).collect();
    assert_eq!(stored, in_order.map(instant));
}

#[derive(Resource)]
#[resource(path = "/rows", name = "rows")]
struct Big {
    n: u64,
}

#[derive(Connector)]
#[connector(base_url = "https://api.example.com", resources(Big))]
struct Bigs {}

#[tokio::test]
async fn d24_integers_beyond_the_database_are_refused_not_rounded() {
    let body = r#"[{"n": 18446744073709551615}]"#;
    let found = rows::<Big>(&Bigs {}, body).await.expect("rows");
    assert_eq!(found[0].n, u64::MAX);

    let folder = Folder::new();
    let error = load(&Bigs {}, body, &folder.database()).await.expect_err("too large");
    assert_eq!(error.kind(), connector_runtime::ErrorKind::Row);
    assert_says(
        error,
        &["page 1", "row 1", "column `n`", "18446744073709551615", "at most 9223372036854775807"],
    );
    let rows: i64 = folder.database().value("SELECT count(*) FROM rows");
    assert_eq!(rows, 0);
}
