//! Tables that others have made, and what the types are.

use connector_runtime::prelude::*;
use connector_runtime::{Bytes, Date, Decimal, Time, Timestamp, Uuid};
use connector_tests::{Reply, Server, assert_says, postgres};

use super::{Append, Merge, load, serve};

#[tokio::test]
async fn what_is_no_table_is_refused() {
    for (make, problem) in [
        ("CREATE VIEW api.rows AS SELECT 1 AS id", "it is a view"),
        ("CREATE MATERIALIZED VIEW api.rows AS SELECT 1 AS id", "it is a materialized view"),
        ("CREATE SEQUENCE api.rows", "it is a sequence"),
        (
            "CREATE TABLE api.rows (id bigint PRIMARY KEY, text text GENERATED ALWAYS AS ('x') STORED, _load_id bigint NOT NULL)",
            "the database itself gives its column `text` a value",
        ),
        (
            "CREATE TABLE api.rows (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text, _load_id bigint NOT NULL)",
            "the database itself gives its column `id` a value",
        ),
    ] {
        let Some(database) = postgres() else { return };
        database.query(&format!("CREATE SCHEMA api; {make}"));
        let report = load(Merge {}, &serve(|_| {}), &database.url()).await;
        let error = report.error.expect("an error");
        assert_says(error, &["table `rows` does not fit", problem]);
    }
}

#[tokio::test]
async fn tables_of_ones_own_take_rows() {
    for make in [
        // other order, more columns with a value of their own, another unique index
        "CREATE TABLE api.rows (note text, text text NOT NULL, at timestamptz NOT NULL DEFAULT now(), _load_id bigint NOT NULL, id bigint NOT NULL); CREATE UNIQUE INDEX ON api.rows (id) INCLUDE (text)",
        "CREATE TABLE api.rows (id bigint PRIMARY KEY, text text NOT NULL, _load_id bigint NOT NULL, n serial)",
        "CREATE TABLE api.rows (id numeric PRIMARY KEY, text text NOT NULL, _load_id bigint NOT NULL) ",
        "CREATE TABLE api.rows (id bigint PRIMARY KEY, text text NOT NULL, _load_id bigint NOT NULL) PARTITION BY HASH (id); CREATE TABLE api.p0 PARTITION OF api.rows FOR VALUES WITH (modulus 1, remainder 0)",
    ] {
        let Some(database) = postgres() else { return };
        database.query(&format!("CREATE SCHEMA api; {make}"));
        let report = load(Merge {}, &serve(|_| {}), &database.url()).await;
        assert!(report.is_done(), "{make}: {report:?}");
        super::assert_complete(&database);
    }
}

#[tokio::test]
async fn an_index_that_appended_rows_would_break_is_found() {
    let Some(database) = postgres() else { return };
    // neither a partial index nor one over an expression counts
    database.query(
        "CREATE SCHEMA api; CREATE TABLE api.rows (id bigint, text text NOT NULL, _load_id bigint NOT NULL); \
         CREATE UNIQUE INDEX ON api.rows (id) WHERE id < 0; CREATE UNIQUE INDEX ON api.rows ((id + 1))",
    );
    assert!(load(Append {}, &serve(|_| {}), &database.url()).await.is_done());
    database.query("TRUNCATE api.rows; CREATE UNIQUE INDEX ON api.rows (id, text)");
    let report = load(Append {}, &serve(|_| {}), &database.url()).await;
    assert_says(report.error.expect("an error"), &["unique index on `id`, `text`"]);
}

#[derive(Connector)]
#[connector(name = "types", base_url = "https://api.example.com", resources(Everything))]
struct Types {}

/// One of each.
#[derive(Resource)]
#[resource(path = "/everything", name = "everything")]
struct Everything {
    /// The number.
    #[column(primary_key)]
    id: u64,
    flag: bool,
    small: i8,
    unsigned: u32,
    real: f32,
    double: f64,
    text: String,
    decimal: Decimal,
    instant: Timestamp,
    day: Date,
    time: Time,
    uuid: Uuid,
    bytes: Bytes,
    json: Json<serde_json::Value>,
}

#[tokio::test]
async fn every_type_is_the_one_that_postgresql_has_for_it() {
    let Some(database) = postgres() else { return };
    let server = Server::start(|_| {
        Reply::json(
            r#"[{"id": 18446744073709551615, "flag": true, "small": -128, "unsigned": 4294967295,
                "real": 0.1, "double": 0.1, "text": "ü\u0001", "decimal": "-1234567890123456.7800",
                "instant": "2024-01-31T09:15:00.123456789+01:00", "day": "0001-01-01",
                "time": "23:59:59.999999", "uuid": "67e55044-10b1-426f-9247-bb680e5fe0c8",
                "bytes": "AP8=", "json": {"b": [1.0, null], "a": "x"}}]"#,
        )
    });
    let report = load(Types {}, &server, &database.url()).await;
    assert!(report.is_done(), "{report:?}");
    let columns = database.query(
        "SELECT format_type(atttypid, atttypmod), attnotnull FROM pg_attribute \
         WHERE attrelid = 'types.everything'::regclass AND attnum > 0 ORDER BY attnum",
    );
    let types: Vec<_> = columns.iter().map(|row| row[0].as_deref().expect("a type")).collect();
    assert_eq!(
        types,
        [
            "numeric(20,0)",
            "boolean",
            "smallint",
            "bigint",
            "real",
            "double precision",
            "text",
            "numeric",
            "timestamp with time zone",
            "date",
            "time without time zone",
            "uuid",
            "bytea",
            "jsonb",
            "bigint",
        ]
    );
    assert!(columns.iter().all(|row| row[1].as_deref() == Some("t")), "nothing may be null");
    let row = &database.query("SET timezone TO 'UTC'; SELECT * FROM types.everything")[0];
    let row: Vec<_> = row.iter().map(|value| value.as_deref().expect("a value")).collect();
    assert_eq!(
        row[..14],
        [
            "18446744073709551615",
            "t",
            "-128",
            "4294967295",
            "0.1",
            "0.1",
            "ü\u{1}",
            "-1234567890123456.7800",
            "2024-01-31 08:15:00.123456+00",
            "0001-01-01",
            "23:59:59.999999",
            "67e55044-10b1-426f-9247-bb680e5fe0c8",
            "\\x00ff",
            r#"{"a": "x", "b": [1.0, null]}"#,
        ]
    );
    let comments = "SELECT obj_description('types.everything'::regclass) || col_description('types.everything'::regclass, 1)";
    assert_eq!(database.value(comments).replace(' ', ""), "Oneofeach.Thenumber.");
}
