//! Values that do not fit their column, and what is said of them.

use std::sync::Arc;

use connector_runtime::ErrorKind;
use connector_runtime::http::Response;
use connector_runtime::prelude::*;
use connector_runtime::testing::ScriptedTransport;
use connector_tests::assert_says;

#[derive(Choice, Clone, Copy)]
#[choice(rename_all = "snake_case")]
enum State {
    Open,
    Closed,
}

/// A resource with one column, and the refusals of its values.
macro_rules! refuses {
    ($($name:ident: $ty:ty [$($json:literal => $expected:literal,)+])*) => {$(
        mod $name {
            use super::*;

            #[derive(Resource)]
            #[resource(path = "/rows")]
            struct Row {
                v: $ty,
            }

            #[derive(Connector)]
            #[connector(base_url = "https://api.example.com", resources(Row))]
            struct Api {}

            #[tokio::test]
            async fn refuses() {
                for (json, expected) in [$(($json, $expected)),+] {
                    let body = format!("[{{\"v\":{json}}}]");
                    let script = ScriptedTransport::new().on("/rows", Response::new(200, body));
                    let mut rows = Api {}.rows::<Row>().transport(Arc::new(script));
                    let item = rows.next().await.expect("an item");
                    let Err(error) = item else { panic!("{json} is no {}", stringify!($ty)) };
                    assert_eq!(error.kind(), ErrorKind::Row);
                    assert_says(
                        &error,
                        &["resource `row`: page 1: row 1: column `v`: expected ", expected, json],
                    );
                }
            }
        }
    )*};
}

refuses! {
    i8_column: i8 [
        "128" => "a whole number in the range of `i8`, found a number",
        "-129" => "a whole number in the range of `i8`",
        "1.0" => "a whole number in the range of `i8`",
        "-0.0" => "a whole number in the range of `i8`",
        "-1e-400" => "a whole number in the range of `i8`",
        "1e1" => "a whole number in the range of `i8`",
        r#""1""# => "a whole number in the range of `i8`, found a string",
        "true" => "found a boolean",
        "null" => "a value, found null",
        "{}" => "found an object",
        "[1]" => "found a list",
    ]
    u8_column: u8 [
        "-1" => "a whole number in the range of `u8`",
        "256" => "a whole number in the range of `u8`",
    ]
    i32_column: i32 [
        "2147483648" => "a whole number in the range of `i32`",
        "-2147483649" => "a whole number in the range of `i32`",
    ]
    u32_column: u32 ["4294967296" => "a whole number in the range of `u32`",]
    u64_column: u64 [
        "18446744073709551616" => "a whole number in the range of `u64`",
        "-1" => "a whole number in the range of `u64`",
    ]
    f64_column: f64 [
        "9007199254740993" => "a number that an `f64` holds exactly",
        "-9007199254740993" => "a number that an `f64` holds exactly",
        r#""NaN""# => "a number",
        r#""1.5""# => "a number",
        "true" => "a number",
    ]
    f32_column: f32 [
        "1e39" => "a number in the range of `f32`",
        r#""1""# => "a number in the range of `f32`",
        "true" => "a number in the range of `f32`",
    ]
    bool_column: bool [
        "1" => "`true` or `false`, found a number",
        r#""true""# => "`true` or `false`, found a string",
    ]
    text_column: String [
        "1" => "a string, found a number",
        "true" => "a string, found a boolean",
        "{}" => "a string, found an object",
    ]
    timestamp_column: Timestamp [
        r#""2024-01-31""# => "a timestamp such as",
        r#""2024-01-31T08:15:00""# => "a timestamp such as",
        r#""2023-02-29T00:00:00Z""# => "a timestamp such as",
        "1706688900" => "a timestamp such as \"2024-01-31T08:15:00Z\", found a number",
        r#""""# => "a timestamp such as",
    ]
    date_column: Date [
        r#""2024-01-31T08:15:00Z""# => "a date such as",
        r#""2023-02-29""# => "a date such as",
        r#""31.01.2024""# => "a date such as",
        "20240131" => "a date such as",
    ]
    time_column: Time [
        r#""24:00:00""# => "a time of day such as",
        r#""2024-01-31T08:15:00""# => "a time of day such as",
        r#""08:15:00Z""# => "a time of day such as",
        "8" => "a time of day such as",
    ]
    decimal_column: Decimal [
        "12345678901234567890123456789012345" => "a decimal number of at most 28 digits",
        "0.12345678901234567890123456789012345" => "a decimal number of at most 28 digits",
        r#""1,5""# => "a decimal number",
        r#""""# => "a decimal number",
        "true" => "a decimal number",
    ]
    uuid_column: Uuid [
        r#""67e55044-10b1-426f-9247-bb680e5fe0""# => "a UUID",
        "1" => "a UUID",
    ]
    bytes_column: Bytes [
        r#""a*b=""# => "a base64 string",
        "1" => "a base64 string",
    ]
    json_column: Json<Vec<u8>> [
        "[256]" => "invalid value",
        r#"{"a":1}"# => "invalid type",
    ]
    choice_column: State [
        r#""OPEN""# => "one of `open`, `closed`, found a string",
        r#""""# => "one of `open`, `closed`",
        "1" => "found a number",
    ]
}

mod nested {
    use super::*;

    #[derive(Record)]
    struct User {
        #[column(rename = "userId")]
        id: i64,
    }

    #[derive(Resource)]
    #[resource(path = "/rows", data_selector = "data[*].rows", paginator = offset(limit = 1))]
    struct Row {
        id: i64,
        #[column(flatten)]
        user: User,
        #[column(epoch = seconds)]
        at: Option<Timestamp>,
    }

    #[derive(Connector)]
    #[connector(base_url = "https://api.example.com", resources(Row))]
    struct Api {}

    /// The error of the third row of the second page.
    async fn error(row: &str) -> connector_runtime::Error {
        let good = r#"{"id":1,"user":{"userId":1}}"#;
        let first = format!("{{\"data\":[{{\"rows\":[{good}]}}]}}");
        let second =
            format!("{{\"data\":[{{\"rows\":[{good}]}},{{\"rows\":[{good},{row},{good}]}}]}}");
        let script = ScriptedTransport::new()
            .on("/rows?offset=0&limit=1", Response::new(200, first))
            .on("/rows?offset=1&limit=1", Response::new(200, second));
        let mut rows = Api {}.rows::<Row>().transport(Arc::new(script));
        assert!(rows.next().await.expect("an item").is_ok());
        rows.next().await.expect("an item").err().expect("an error")
    }

    #[tokio::test]
    async fn the_place_is_named() {
        for (row, phrases) in [
            (r#"{"id":1,"user":{"userId":"x"}}"#, ["column `user__id`: ", "found a string \"x\""]),
            (r#"{"id":1,"user":{}}"#, ["column `user__id`: ", "no key `user.userId`"]),
            (r#"{"id":1}"#, ["column `user__id`: ", "no key `user.userId`"]),
            (r#"{"id":1,"user":null}"#, ["object `user`", "expected an object, found null"]),
            (r#"{"id":1,"user":7}"#, ["object `user`", "expected an object, found a number 7"]),
            (
                r#"{"id":1,"user":{"userId":1},"at":"2024"}"#,
                ["column `at`: ", "a number of seconds since 1970, found a string"],
            ),
            (
                r#"{"id":1,"user":{"userId":1},"at":1e99}"#,
                ["column `at`: ", "a number of seconds since 1970"],
            ),
            ("null", ["expected an object", "found null"]),
        ] {
            let error = error(row).await;
            assert_eq!((error.kind(), error.page()), (ErrorKind::Row, Some(2)));
            let place = "resource `row`: page 2: row 3: ";
            assert_says(&error, &[place, "?offset=1&limit=1", phrases[0], phrases[1]]);
        }
    }
}
