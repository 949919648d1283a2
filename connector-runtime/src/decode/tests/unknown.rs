//! Keys that no column takes.

use arrow_array::cast::AsArray;

use arrow_array::Array;

use super::*;

static LABEL: [FieldSpec; 1] = [column::<String>("name")];
static USER: [FieldSpec; 1] = [column::<Option<String>>("login")];
static ISSUE: [FieldSpec; 4] = [
    column::<i64>("id"),
    column::<Json<serde_json::Value>>("extra"),
    FieldSpec::Flatten { name: "user", wire: "user", optional: true, fields: &USER },
    FieldSpec::List {
        name: "labels",
        wire: "labels",
        doc: "",
        optional: true,
        element: ElementSpec::Record(&LABEL),
    },
];

fn told(decoder: &Decoder) -> Vec<(String, Option<&'static str>, u64)> {
    let told = decoder.unknown_keys().into_iter();
    told.map(|key| (key.path, key.json_type, key.count)).collect()
}

#[test]
fn they_are_counted_where_they_are() {
    let mut decoder = decoder(&ISSUE, UnknownFields::Report);
    for _ in 0..2 {
        let body = br#"[
            {"id": 1, "extra": 1, "x": null, "user": {"login": "a", "x": 1e999}},
            {"x": "\ud800", "id": 2, "extra": 1, "labels": [{"name": "a", "url": {}}, {"url": [], "name": "b"}]},
            {"id": 3, "extra": 1, "x": 1, "y": true}
        ]"#;
        assert_eq!(decoder.page(body).expect("a page").rows, 3);
    }
    let expected = [
        ("x", Some("string"), 6),
        ("labels[].url", Some("object"), 4),
        ("user.x", Some("number"), 2),
        ("y", Some("boolean"), 2),
    ];
    let expected = expected.map(|(path, json_type, count)| (path.to_owned(), json_type, count));
    assert_eq!(told(&decoder), expected);
}

#[test]
fn their_number_is_bounded() {
    let mut decoder = decoder(&USER, UnknownFields::Report);
    for row in 0..3 {
        let members: Vec<_> = (0..700).map(|key| format!("\"k{}\":1", row * 400 + key)).collect();
        decoder.page(format!("[{{{}}}]", members.join(",")).as_bytes()).expect("a page");
    }
    let told = told(&decoder);
    assert_eq!(told.len(), 1_001);
    assert_eq!(told.iter().map(|(.., count)| count).sum::<u64>(), 2_100);
    // 500 keys beyond the bound, 100 of them twice
    assert_eq!(told[0], ("…".to_owned(), Some("number"), 600));
}

/// They are not expected in any one way.
#[test]
fn keys_that_can_be_written_in_several_ways() {
    static ODD: [FieldSpec; 2] =
        [column::<i64>("id"), ColumnSpec::new::<Option<i64>>("odd", "o\\d\"d", "").field()];
    let mut decoder = decoder(&ODD, UnknownFields::Report);
    for _ in 0..3 {
        let row = r#"{"id": 1, "a\"b": [0], "a\"b": {}, "o\\d\u0022d": 2, "tab\t": 1, "é": 1}"#;
        let page = format!("[{row}, {row}, {row}, {row}]");
        assert_eq!(decoder.page(page.as_bytes()).map(|facts| facts.rows).ok(), Some(4));
    }
    let batch = decoder.take_batch().expect("rows");
    assert_eq!(batch.column(1).null_count(), 0);
    let counts = told(&decoder).into_iter().map(|(path, _, count)| (path, count));
    let expected = [("a\"b", 24), ("tab\t", 12), ("é", 12)];
    assert_eq!(counts.collect::<Vec<_>>(), expected.map(|(path, count)| (path.to_owned(), count)));
}

/// A key may be as long as the body.
#[test]
fn their_length_is_bounded() {
    let mut decoder = decoder(&USER, UnknownFields::Report);
    let body = format!(r#"[{{"{}": 1, "{}": 1, "b": 1}}]"#, "a".repeat(256), "a".repeat(257));
    decoder.page(body.as_bytes()).expect("a page");
    let paths: Vec<_> = told(&decoder).into_iter().map(|(path, ..)| path).collect();
    assert_eq!(paths, ["a".repeat(256), "b".to_owned(), "…".to_owned()]);
}

/// Those that are captured leave room for those that are told.
#[test]
fn keys_in_lists_are_told_beside_any_number_of_captured_ones() {
    let mut decoder = decoder(&ISSUE, UnknownFields::Capture("extra"));
    let members: String = (0..1_500).map(|key| format!("\"k{key}\":1,")).collect();
    let labels = r#""labels": [{"name": "a", "url": 1}]"#;
    let body = format!(r#"[{{{members}"id": 1, {labels}}}]"#);
    decoder.page(body.as_bytes()).expect("a page");
    assert_eq!(told(&decoder), [("labels[].url".to_owned(), Some("number"), 1)]);
}

#[test]
fn ignored() {
    let mut decoder = decoder(&USER, UnknownFields::Ignore);
    decoder.page(br#"[{"x": 1}]"#).expect("a page");
    assert_eq!(told(&decoder), []);
}

#[test]
fn refused() {
    for (body, expected) in [
        (
            r#"[{"id": 1, "x": 1, "extra": 1}]"#,
            "row 1: the row has the key `x`, which no column takes",
        ),
        (
            r#"[{"id": 1, "extra": 1, "user": {"x": 1}}]"#,
            "row 1: the row has the key `user.x`, which no column takes",
        ),
        (
            r#"[{"id": 1, "extra": 1, "labels": [{"name": "a"}, {"name": "b", "x": 1}]}]"#,
            "row 1: the row has the key `labels[1].x`, which no column takes",
        ),
    ] {
        let mut decoder = decoder(&ISSUE, UnknownFields::Fail);
        let Err(DecodeError::Row(error)) = decoder.page(body.as_bytes()) else { panic!("{body}") };
        assert_eq!(format!("{}: {}", error.place, error.message), expected);
    }
    let mut decoder = decoder(&ISSUE, UnknownFields::Fail);
    assert!(decoder.page(br#"[{"id": 1, "extra": 1}]"#).is_ok());
}

#[test]
fn captured() {
    let mut decoder = decoder(&ISSUE, UnknownFields::Capture("extra"));
    let body = br#"[
        {"id": 1},
        {"a\"b": 1.50, "id": 2, "extra": [1, null], "user": {"k": {"x":1}, "login": "a"}},
        {"id": 3, "labels": [{"name": "a", "url": 1}]}
    ]"#;
    assert_eq!(decoder.page(body).expect("a page").rows, 3);
    let batch = decoder.take_batch().expect("rows");
    let extra = batch.column_by_name("extra").expect("the column").as_string::<i32>();
    let extra: Vec<_> = extra.iter().flatten().collect();
    let second = r#"{"a\"b":1.50,"extra":[1, null],"user.k":{"x":1}}"#;
    assert_eq!(extra, ["{}", second, "{}"]);
    // elements have no column for what else they have
    assert_eq!(told(&decoder), [("labels[].url".to_owned(), Some("number"), 1)]);
    assert!(decoder.absent_columns().is_empty());
}

/// Where nothing is a value of the column, it is what stands for no key.
#[test]
fn nothing_captured_is_null_where_null_is_a_value() {
    static FIELDS: [FieldSpec; 2] =
        [column::<i64>("id"), column::<Option<Json<serde_json::Value>>>("extra")];
    let mut decoder = decoder(&FIELDS, UnknownFields::Capture("extra"));
    decoder.page(br#"[{"id": 1}, {"id": 2, "x": null}]"#).expect("a page");
    let batch = decoder.take_batch().expect("rows");
    let extra: Vec<_> = batch.column(1).as_string::<i32>().iter().collect();
    assert_eq!(extra, [None, Some(r#"{"x":null}"#)]);
}

#[test]
fn captured_is_json() {
    let mut decoder = decoder(&ISSUE, UnknownFields::Capture("extra"));
    let Err(DecodeError::Row(error)) = decoder.page(br#"[{"id": 1, "x": 1e999}]"#) else {
        panic!("no JSON value is that large")
    };
    assert!(error.message.contains("column `extra`: expected"), "{error:?}");
}

#[test]
fn of_csv() {
    static FIELDS: [FieldSpec; 2] =
        [column::<i64>("id"), column::<Json<serde_json::Value>>("extra")];
    let resource = ResourceSpec { fields: &FIELDS, ..ResourceSpec::EMPTY };
    let csv = ResponseFormat::Csv(CsvSpec::new(b','));
    let body = b"b,id,extra,c\n,1,x,\"q\"\"\"\n,2,,r\n";
    let new = |unknown| Decoder::new(&resource, None, &[], false, csv, unknown);

    let mut decoder = new(UnknownFields::Capture("extra"));
    assert_eq!(decoder.page(body).expect("a page").rows, 2);
    let batch = decoder.take_batch().expect("rows");
    let extra: Vec<_> = batch.column(1).as_string::<i32>().iter().flatten().collect();
    let expected = [r#"{"b":null,"extra":"x","c":"q\""}"#, r#"{"b":null,"extra":null,"c":"r"}"#];
    assert_eq!(extra, expected);

    let Err(DecodeError::Body(error)) = new(UnknownFields::Fail).page(body) else {
        panic!("the header has more names")
    };
    assert_eq!(error.message, "the header has the name `b`, which no column takes");

    let mut decoder = new(UnknownFields::Report);
    let body = b"b,id,extra,c\n,1,1,\"q\"\"\"\n,2,2,r\n";
    assert_eq!(decoder.page(body).expect("a page").rows, 2);
    let expected = [("b".to_owned(), None, 2), ("c".to_owned(), Some("string"), 2)];
    assert_eq!(told(&decoder), expected);
}
