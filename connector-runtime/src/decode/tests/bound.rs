//! Columns whose values are those of the scan.

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, RecordBatch};
use serde_json::{Value, json};

use super::*;
use crate::spec::ColumnSource;

const fn bound<T: Column>(name: &'static str, source: ColumnSource) -> FieldSpec {
    ColumnSpec::new::<T>(name, name, "").source(source).field()
}

static COMMENT: [FieldSpec; 4] = [
    ColumnSpec::new::<i64>("issue", "issueId", "")
        .source(ColumnSource::Parent("id"))
        .primary_key()
        .field(),
    ColumnSpec::new::<i64>("n", "n", "").primary_key().field(),
    bound::<Option<String>>("team", ColumnSource::Partition("team")),
    column::<Option<String>>("text"),
];
static RESOURCE: ResourceSpec = ResourceSpec { fields: &COMMENT, ..ResourceSpec::EMPTY };

fn comments(format: ResponseFormat, unknown: UnknownFields) -> Decoder {
    Decoder::new(&RESOURCE, None, &[], false, format, unknown)
}

/// The parent's id, and the team if there is one.
fn bind(decoder: &mut Decoder, issue: i64, team: Option<&str>) {
    let (issue, team) = (json!(issue), team.map(|team| json!(team)));
    let value = |source| match source {
        ColumnSource::Parent("id") => Some(&issue),
        ColumnSource::Partition("team") => team.as_ref(),
        other => panic!("{other:?}"),
    };
    decoder.bind(value).expect("values that fit");
}

/// `issue/n/team` of each row.
fn rows(batch: Option<RecordBatch>) -> Vec<String> {
    let Some(batch) = batch else { return Vec::new() };
    let number = |column: usize, row| batch.column(column).as_primitive::<Int64Type>().value(row);
    let team = |row| {
        let teams = batch.column(2).as_string::<i32>();
        if teams.is_null(row) { "-" } else { teams.value(row) }
    };
    (0..batch.num_rows())
        .map(|row| format!("{}/{}/{}", number(0, row), number(1, row), team(row)))
        .collect()
}

fn page(decoder: &mut Decoder, body: &str) -> PageFacts {
    decoder.page(body.as_bytes()).expect("a page")
}

#[test]
fn rows_of_several_scans_have_the_value_of_theirs() {
    let mut decoder = comments(ResponseFormat::Json, UnknownFields::Report);
    bind(&mut decoder, 1, Some("core"));
    page(&mut decoder, r#"[{"n": 1}, {"n": 2}]"#);
    bind(&mut decoder, 2, None);
    page(&mut decoder, "[]");
    bind(&mut decoder, 3, Some("docs"));
    page(&mut decoder, r#"[{"n": 3}]"#);
    assert_eq!(rows(decoder.take_batch()), ["1/1/core", "1/2/core", "3/3/docs"]);
    assert_eq!(rows(decoder.take_batch()), [""; 0]);
    // the scan goes on
    page(&mut decoder, r#"[{"n": 4}]"#);
    page(&mut decoder, r#"[{"n": 5}]"#);
    bind(&mut decoder, 4, None);
    page(&mut decoder, r#"[{"n": 6}]"#);
    assert_eq!(rows(decoder.take_batch()), ["3/4/docs", "3/5/docs", "4/6/-"]);
}

#[test]
fn every_format_has_them() {
    let csv = ResponseFormat::Csv(CsvSpec::new(b','));
    let cases = [
        (ResponseFormat::Json, r#"[{"n": 1, "issueId": 9}, {"n": "bad"}, {"n": 2}]"#),
        (ResponseFormat::JsonLines, "{\"n\": 1, \"issueId\": 9}\n{\"n\": \"bad\"}\n{\"n\": 2}"),
        (csv, "issueId,n\n9,1\n9,bad\n9,2\n"),
    ];
    for (format, body) in cases {
        let mut decoder = comments(format, UnknownFields::Report);
        decoder.quarantine();
        bind(&mut decoder, 1, Some("core"));
        page(&mut decoder, body);
        bind(&mut decoder, 2, None);
        page(&mut decoder, body);
        assert_eq!(decoder.rows(), 6);
        let found = rows(decoder.take_batch());
        assert_eq!(found, ["1/1/core", "1/2/core", "2/1/-", "2/2/-"], "{format:?}");
        let rejects: Vec<_> = decoder.take_rejects().into_iter().map(|one| one.raw).collect();
        // what the API sent, and nothing else
        assert!(rejects.len() == 2 && !rejects[0].contains("core"), "{rejects:?}");
        assert!(decoder.unknown_keys().is_empty(), "{:?}", decoder.unknown_keys());
    }
}

/// What the row has under the name of such a column is read by nobody.
#[test]
fn a_key_of_that_name_is_passed_over() {
    let body = r#"[{"issueId": {"deep": [1]}, "n": 1, "issueId": 2, "team": null}]"#;
    static CAPTURING: [FieldSpec; 3] = [
        bound::<i64>("issue", ColumnSource::Parent("id")),
        column::<i64>("n"),
        column::<Option<Json<Value>>>("rest"),
    ];
    for unknown in [UnknownFields::Report, UnknownFields::Fail, UnknownFields::Ignore] {
        let mut decoder = comments(ResponseFormat::Json, unknown);
        bind(&mut decoder, 7, Some("core"));
        page(&mut decoder, body);
        assert_eq!(rows(decoder.take_batch()), ["7/1/core"], "{unknown:?}");
        assert!(decoder.unknown_keys().is_empty() && decoder.absent_columns() == ["text"]);
    }
    let mut decoder = decoder(&CAPTURING, UnknownFields::Capture("rest"));
    let seven = json!(7);
    decoder.bind(|_| Some(&seven)).expect("a number");
    page(&mut decoder, r#"[{"issue": 3, "n": 1, "other": true}]"#);
    let batch = decoder.take_batch().expect("a row");
    assert_eq!(batch.column(2).as_string::<i32>().value(0), r#"{"other":true}"#);
    let mut csv = comments(ResponseFormat::Csv(CsvSpec::new(b',')), UnknownFields::Fail);
    bind(&mut csv, 7, None);
    page(&mut csv, "n,issueId,issueId\n1,2,3\n");
    assert_eq!(rows(csv.take_batch()), ["7/1/-"]);
}

#[test]
fn a_page_is_told_by_what_its_rows_bring() {
    let fingerprint = |decoder: &mut Decoder, issue, body: &str| {
        bind(decoder, issue, None);
        page(decoder, body).fingerprint
    };
    let mut decoder = comments(ResponseFormat::Json, UnknownFields::Report);
    assert!(decoder.is_keyed());
    let first = fingerprint(&mut decoder, 1, r#"[{"n": 1, "text": "a"}]"#);
    assert_eq!(first, fingerprint(&mut decoder, 2, r#"[{"n": 1, "text": "b"}]"#));
    assert_ne!(first, fingerprint(&mut decoder, 1, r#"[{"n": 2, "text": "a"}]"#));
    // nor is a row the same that has changed since
    decoder.tell_apart_by("text");
    let first = fingerprint(&mut decoder, 1, r#"[{"n": 1, "text": "a"}]"#);
    assert_eq!(first, fingerprint(&mut decoder, 1, r#"[{"n": 1, "text": "a"}]"#));
    assert_ne!(first, fingerprint(&mut decoder, 1, r#"[{"n": 1, "text": "b"}]"#));

    // a key that all rows of the scan share is none among them
    static ONE: [FieldSpec; 2] = [
        ColumnSpec::new::<i64>("issue", "issue", "")
            .source(ColumnSource::Parent("id"))
            .primary_key()
            .field(),
        column::<i64>("votes"),
    ];
    let mut decoder = super::decoder(&ONE, UnknownFields::Report);
    assert!(!decoder.is_keyed());
    let seven = json!(7);
    decoder.bind(|_| Some(&seven)).expect("a number");
    let first = page(&mut decoder, r#"[{"votes": 1}]"#).fingerprint;
    assert_ne!(first, page(&mut decoder, r#"[{"votes": 2}]"#).fingerprint);
}

#[test]
fn a_value_that_does_not_fit_is_said() {
    static TYPES: [FieldSpec; 2] = [
        bound::<i16>("small", ColumnSource::Parent("id")),
        bound::<Option<jiff::Timestamp>>("at", ColumnSource::Partition("day")),
    ];
    let mut decoder = decoder(&TYPES, UnknownFields::Report);
    let mut try_bind = |small: Value, at: Value| {
        let value = |source| match source {
            ColumnSource::Parent(_) => Some(&small),
            _ => Some(&at),
        };
        decoder.bind(value).map_err(|error| {
            format!("{} {:?}: {} {}", error.column, error.source, error.expected, error.found)
        })
    };
    assert_eq!(try_bind(json!(7), json!("2024-01-31T08:15:00Z")), Ok(()));
    for (small, at, expected) in [
        (
            json!(40_000),
            json!(null),
            "small Parent(\"id\"): a whole number in the range of `i16` 40000",
        ),
        (
            json!("7"),
            json!(null),
            "small Parent(\"id\"): a whole number in the range of `i16` \"7\"",
        ),
        (json!(null), json!(null), "small Parent(\"id\"): a value null"),
        (
            json!(7),
            json!("x"),
            "at Partition(\"day\"): a timestamp such as \"2024-01-31T08:15:00Z\" \"x\"",
        ),
    ] {
        assert_eq!(try_bind(small, at), Err(expected.to_owned()));
    }
    // what came before and what comes after is as it should be
    assert_eq!(try_bind(json!(8), json!(null)), Ok(()));
    page(&mut decoder, "[{}]");
    let batch = decoder.take_batch().expect("a row");
    assert_eq!(batch.column(0).as_primitive::<Int64Type>().value(0), 8);
    assert!(batch.column(1).is_null(0));
}

#[test]
fn a_page_that_is_forgotten_leaves_the_others_whole() {
    let good = r#"[{"n": 1}, {"n": 2}]"#;
    // whole, cut in a row, cut between rows, no rows at all
    for (body, is_whole) in [
        (r#"[{"n": 8}, {"n": 9}]"#, true),
        (r#"[{"n": 8}, {"n": 9, "text": "#, false),
        (r#"[{"n": 8}, {"text": "x"}]"#, false),
        (r#"[{"n": 8}"#, false),
        ("<html>", false),
    ] {
        for quarantined in [false, true] {
            let mut decoder = comments(ResponseFormat::Json, UnknownFields::Report);
            if quarantined {
                decoder.quarantine();
            }
            bind(&mut decoder, 1, Some("core"));
            page(&mut decoder, good);
            match decoder.page(body.as_bytes()) {
                Ok(_) if quarantined || is_whole => decoder.forget_page(),
                Ok(_) => panic!("{body}"),
                Err(_) => assert!(!is_whole),
            }
            assert_eq!(decoder.rows(), 2, "{body}");
            bind(&mut decoder, 2, None);
            page(&mut decoder, good);
            assert_eq!(
                rows(decoder.take_batch()),
                ["1/1/core", "1/2/core", "2/1/-", "2/2/-"],
                "{body}"
            );
            assert!(decoder.take_rejects().is_empty(), "{body}");
            page(&mut decoder, good);
            assert_eq!(rows(decoder.take_batch()), ["2/1/-", "2/2/-"], "{body}");
        }
    }
}

#[test]
fn what_one_has_seen_another_takes_over() {
    let mut first = comments(ResponseFormat::Json, UnknownFields::Report);
    let mut second = comments(ResponseFormat::Json, UnknownFields::Report);
    bind(&mut first, 1, None);
    bind(&mut second, 2, None);
    page(&mut first, r#"[{"n": 1, "a": null, "b": 1}]"#);
    page(&mut second, r#"[{"n": 1, "text": "x", "c": 1}, {"n": 2, "a": "x"}]"#);
    assert_eq!(first.absent_columns(), ["text"]);
    first.absorb(&second);
    assert!(first.absent_columns().is_empty());
    let told: Vec<_> = first.unknown_keys();
    let told: Vec<_> =
        told.iter().map(|key| (key.path.as_str(), key.json_type, key.count)).collect();
    assert_eq!(
        told,
        [("a", Some("string"), 2), ("b", Some("number"), 1), ("c", Some("number"), 1)]
    );
}
